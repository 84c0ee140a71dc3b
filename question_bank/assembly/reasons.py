"""Why forms cannot be drawn, in sentences an officer can act on."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from question_bank.assembly.matching import Unfilled
from question_bank.blueprint import Reason
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


def cell_short(label: str, *, need: int, have: int, short: int, rivals: tuple[str, ...]) -> Reason:
    """`rivals` are the labels of cells that want the same items."""
    shared_vi = f" (dùng chung câu hỏi với: {'; '.join(rivals)})" if rivals else ""
    shared_en = f" (shares items with: {'; '.join(rivals)})" if rivals else ""
    return Reason(
        "cell_short",
        f"{label}: thiếu {short} câu{shared_vi}.",
        f"{label}: {short} items short{shared_en}.",
        {"cell": label, "need": need, "have": have, "short": short, "rivals": rivals},
    )


def enemies_block(cells: Sequence[str], *, is_proven: bool) -> Reason:
    """`cells` are the labels of the cells that enemies leave unfilled."""
    where = "; ".join(cells)
    if is_proven:
        return Reason(
            "enemies_block",
            f"Các câu loại trừ nhau khiến không thể lập đề nào đủ các ô: {where}.",
            f"Items that exclude each other leave no form that fills: {where}.",
            {"cells": tuple(cells)},
        )
    return Reason(
        "search_given_up",
        f"Quá nhiều câu loại trừ nhau; chưa tìm được đề đủ các ô: {where}. "
        "Hãy bổ sung câu hỏi hoặc bỏ bớt quan hệ loại trừ.",
        f"Too many items exclude each other; no form was found that fills: {where}. "
        "Add items or remove exclusions.",
        {"cells": tuple(cells)},
    )


def history_reasons(stuck: Mapping[str, Unfilled], labels: Sequence[str]) -> tuple[Reason, ...]:
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


def _history_short(label: str, keys: Sequence[str], *, short: int) -> Reason:
    return Reason(
        "history_short",
        f"{label}: {len(keys)} thí sinh đã gặp quá nhiều câu, thiếu đến {short} câu "
        f"(ví dụ số báo danh {keys[0]}).",
        f"{label}: {len(keys)} candidates have seen too many items, up to {short} short (such as {keys[0]}).",
        {"cell": label, "candidates": tuple(keys), "short": short},
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
