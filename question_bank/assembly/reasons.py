"""Why forms cannot be drawn, in sentences an officer can act on."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from question_bank.assembly.matching import Unfilled
from question_bank.blueprint import CellLabel, Reason
from question_bank.pool import PoolItem, Taker


def repeated_versions(pool: Sequence[PoolItem]) -> list[Reason]:
    return [
        Reason(
            "repeated_version",
            f"Phiên bản câu hỏi {version} có mặt nhiều lần trong nguồn bốc đề.",
            f"Item version {version} stands in the pool more than once.",
            {"version_id": version},
        )
        for version in _repeated(item.version_id for item in pool)
    ]


def taker_problems(takers: Sequence[Taker]) -> tuple[Reason, ...]:
    """What is wrong with the list of candidates itself."""
    if not takers:
        vi, en = "Chưa có thí sinh nào để bốc đề.", "There is no candidate to draw a form for."
        return (Reason("no_takers", vi, en),)
    return tuple(
        Reason(
            "repeated_candidate",
            f"Số báo danh {key} có mặt nhiều lần trong danh sách.",
            f"Candidate number {key} stands in the list more than once.",
            {"candidate": key},
        )
        for key in _repeated(taker.candidate_key for taker in takers)
    )


def _repeated(keys: Iterable[str]) -> list[str]:
    return sorted(key for key, times in Counter(keys).items() if times > 1)


def cell_short(
    label: CellLabel, *, need: int, have: int, short: int, rivals: tuple[CellLabel, ...]
) -> Reason:
    """`rivals` are the labels of cells that want the same items."""
    shared_vi = f" (dùng chung câu hỏi với: {'; '.join(rival.vi for rival in rivals)})" if rivals else ""
    shared_en = f" (shares items with: {'; '.join(rival.en for rival in rivals)})" if rivals else ""
    return Reason(
        "cell_short",
        f"{label.vi}: thiếu {short} câu{shared_vi}.",
        f"{label.en}: {short} items short{shared_en}.",
        {"cell": label.vi, "need": need, "have": have, "short": short},
    )


def enemies_block(cells: Sequence[CellLabel], *, is_proven: bool) -> Reason:
    """`cells` are the labels of the cells that enemies leave unfilled."""
    where_vi, where_en = ("; ".join(words) for words in zip(*cells, strict=True))
    if is_proven:
        return Reason(
            "enemies_block",
            f"Các câu loại trừ nhau khiến không thể lập đề nào đủ các ô: {where_vi}.",
            f"Items that exclude each other leave no form that fills: {where_en}.",
            {"cells": tuple(cell.vi for cell in cells)},
        )
    return Reason(
        "search_given_up",
        f"Quá nhiều câu loại trừ nhau; chưa tìm được đề đủ các ô: {where_vi}. "
        "Hãy bổ sung câu hỏi hoặc bỏ bớt quan hệ loại trừ.",
        f"Too many items exclude each other; no form was found that fills: {where_en}. "
        "Add items or remove exclusions.",
        {"cells": tuple(cell.vi for cell in cells)},
    )


def history_reasons(stuck: Mapping[str, Unfilled], labels: Sequence[CellLabel]) -> tuple[Reason, ...]:
    """For the candidates `stuck` without a form: one reason per cell that their histories empty, and one for
    those whom histories and enemies stop together. `labels` names the cells.
    """
    by_cell: dict[int, list[str]] = {}
    for key, unfilled in stuck.items():
        for cell, short in enumerate(unfilled.matching.short):
            if short:
                by_cell.setdefault(cell, []).append(key)
    reasons = [
        _history_short(labels[cell], keys, short=max(stuck[key].matching.short[cell] for key in keys))
        for cell, keys in sorted(by_cell.items())
    ]
    blocked = tuple(key for key, unfilled in stuck.items() if unfilled.matching.is_complete)
    if blocked:
        reasons.append(
            Reason(
                "history_and_enemies_block",
                f"{len(blocked)} thí sinh không có đề vì câu đã gặp và câu loại trừ nhau "
                f"(ví dụ số báo danh {blocked[0]}).",
                f"{len(blocked)} candidates have no form because of seen and excluding items "
                f"(such as {blocked[0]}).",
                {"candidates": blocked},
            )
        )
    return tuple(reasons)


def _history_short(label: CellLabel, keys: Sequence[str], *, short: int) -> Reason:
    return Reason(
        "history_short",
        f"{label.vi}: {len(keys)} thí sinh đã gặp quá nhiều câu, thiếu đến {short} câu "
        f"(ví dụ số báo danh {keys[0]}).",
        f"{label.en}: {len(keys)} candidates have seen too many items, up to {short} short (such as {keys[0]}).",
        {"cell": label.vi, "candidates": tuple(keys), "short": short},
    )


def late_exposure(items: int, cells: Sequence[CellLabel]) -> Reason:
    """A late form exists, but only with items that stand in as many forms as allowed already; `cells` are the labels of
    those that these items leave short (none where only enemies stand in the way besides).
    """
    where_vi, where_en = (", ".join(words) for words in zip(*cells, strict=True)) if cells else ("", "")
    return Reason(
        "late_exposure_limit",
        f"{items} câu đã xuất hiện trong số đề nhiều nhất được phép nên không lập được đề cho thí sinh đến sau"
        f"{f' (thiếu câu ở: {where_vi})' if cells else ''}.",
        f"{items} items stand in as many forms as the limits allow, so there is no form for the late candidate"
        f"{f' (short of items: {where_en})' if cells else ''}.",
        {"items": items, "cells": tuple(cell.vi for cell in cells)},
    )


def exposure_limit(*, uses: int, allowed: int, bound: int, forms: int) -> Reason:
    """`bound` is the least number of forms in which some item must stand."""
    return Reason(
        "exposure_limit",
        f"Có câu phải xuất hiện trong {uses} trên {forms} đề, quá giới hạn {allowed} đề "
        f"(ít nhất có thể là {bound}). Hãy bổ sung câu hỏi hoặc nâng giới hạn.",
        f"Some item must stand in {uses} of {forms} forms, over the limit of {allowed} "
        f"(the least possible is {bound}). Add items or raise the limit.",
        {"uses": uses, "allowed": allowed, "bound": bound, "forms": forms},
    )
