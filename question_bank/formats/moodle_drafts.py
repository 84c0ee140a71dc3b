"""From a Moodle question to the verdict on it: an item, an item that waits for a person, or a stated reason."""

import re
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from question_bank.formats.drafting import Found, draft_of, keep_order_safe
from question_bank.formats.moodle_choices import (
    multichoice_content,
    multichoiceset_content,
    statements_content,
    truefalse_content,
)
from question_bank.formats.moodle_entries import essay_content, numerical_content, shortanswer_content
from question_bank.formats.moodle_feedback import rationale_of
from question_bank.formats.moodle_parts import (
    dropped_words_content,
    match_content,
    multianswer_content,
    ordering_content,
)
from question_bank.formats.moodle_question import (
    MAX_ANSWERS,
    MEDIA_TAGS,
    MoodleQuestion,
    MoodleText,
    NotExpressible,
)
from question_bank.formats.moodle_tags import apply_pinning, apply_settings, read_tags
from question_bank.formats.reading import RowVerdict, Verdict
from question_bank.items import ItemDraft
from question_bank.taxonomy import InvalidCompetencyCode, parse_competency_code
from question_bank.text import MAX_RICH_TEXT_CHARS, plain, rich_from_plain

MAX_SOURCE_CHARS = 200_000
"""The longest markup that is kept of a question that could not be read."""
_SHOWN_CHARS = 400
_COMPETENCY = re.compile(r"(?P<code>[A-Z][A-Z0-9-]*(?:\.[A-Z0-9-]+)*\.[0-9]+)(?:[\s:–-]+(?P<rest>.*))?")
_BUILDERS: dict[str, Callable[[MoodleQuestion, Found], dict[str, Any]]] = {
    "multichoice": multichoice_content,
    "multichoiceset": multichoiceset_content,
    "truefalse": truefalse_content,
    "shortanswer": shortanswer_content,
    "numerical": numerical_content,
    "match": match_content,
    "ddmatch": match_content,
    "essay": essay_content,
    "multianswer": multianswer_content,
    "gapselect": dropped_words_content,
    "ddwtos": dropped_words_content,
    "ordering": ordering_content,
    "kprime": statements_content,
    "mtf": statements_content,
}
_NO_QUESTIONS = {
    "description": "đoạn giới thiệu, không phải câu hỏi (description)",
    "random": "câu rút ngẫu nhiên, không có nội dung (random)",
    "randomsamatch": "câu ghép ngẫu nhiên, không có nội dung (randomsamatch)",
}
_UNREAD = {
    "calculated": "tính toán theo công thức (calculated)",
    "calculatedsimple": "tính toán đơn giản (calculatedsimple)",
    "calculatedmulti": "trắc nghiệm tính toán (calculatedmulti)",
    "ddimageortext": "kéo thả lên hình (ddimageortext)",
    "ddmarker": "đánh dấu trên hình (ddmarker)",
}


def verdict_on(question: MoodleQuestion) -> RowVerdict:
    """Return the verdict on one question.

    A question of a type that no item type here holds is named, never changed into something else; its markup is
    kept as an unsupported item, which somebody may rewrite and nobody can approve.
    """
    found = Found(question.row, findings=list(question.findings))
    if _is_oversized(question):
        found.say("value_refused", Verdict.ERROR, question.place or None, field="text, answers")
        return found.verdict(None, preview=rich_from_plain(question.text.source[:_SHOWN_CHARS]))
    preview = question.text.rich() or question.name
    if any(finding.severity is Verdict.ERROR for finding in found.findings):
        return found.verdict(None, preview=preview)
    content = _content(question, found)
    if content is None:
        return found.verdict(None, preview=preview)
    _say_losses(question, found)
    draft = _draft(question, content, found=found)
    return found.verdict(draft, preview=draft.content.texts()[0][1] or preview if draft else preview)


def _content(question: MoodleQuestion, found: Found) -> dict[str, Any] | None:
    rationale, is_joined = rationale_of(question)
    shared = {"stem": question.text.rich(), "rationale": rationale}
    builder = _BUILDERS.get(question.kind, _not_imported)
    try:
        content = builder(question, found)
    except NotExpressible as reason:
        is_kept = question.kind not in _NO_QUESTIONS and 0 < len(question.source) <= MAX_SOURCE_CHARS
        severity = Verdict.HOLD if is_kept else Verdict.ERROR
        found.say(reason.code, severity, question.place or None, **reason.params)
        return {**shared, **_unsupported(question, reason.code)} if is_kept else None
    if is_joined:
        found.say("feedback_joined", Verdict.WARNING, question.place or None)
    return {**content, "rationale": rationale, "stem": content.get("stem") or shared["stem"]}


def _not_imported(question: MoodleQuestion, _found: Found) -> NoReturn:
    name = _NO_QUESTIONS.get(question.kind) or _UNREAD.get(question.kind, question.kind[:40])
    raise NotExpressible("type_not_imported", type_name=name)


def _unsupported(question: MoodleQuestion, reason: str) -> dict[str, Any]:
    return {
        "type": "unsupported",
        "reason": reason,
        "source_format": "moodle_xml" if question.place else "gift",
        "source": question.source,
    }


def _texts(question: MoodleQuestion) -> Iterator[MoodleText]:
    answers = [*question.answers[:MAX_ANSWERS], *(a for gap in question.gaps for a in gap.answers)]
    yield question.text
    yield from (answer.text for answer in answers)
    yield from (answer.feedback for answer in answers if answer.feedback)
    yield from (text for pair in question.pairs for text in pair)
    yield from (text for text in (question.general_feedback, question.guidance) if text)


def _is_oversized(question: MoodleQuestion) -> bool:
    """Tell whether cleaning the question's texts is not worth beginning: no item may be that large."""
    counts = (len(question.answers), len(question.pairs), len(question.gaps))
    longest = max(len(text.source) for text in _texts(question))
    return max(counts) > MAX_ANSWERS or longest > 2 * MAX_RICH_TEXT_CHARS


def _draft(question: MoodleQuestion, content: dict[str, Any], *, found: Found) -> ItemDraft | None:
    metadata = read_tags(question.tags, found)
    pin = metadata.pop("pin", None)
    content = apply_settings(content, metadata.pop("settings"))
    if question.category:
        _take_category(question.category, metadata, found)
    id_number = question.id_number.strip()
    if len(id_number) <= 100:
        metadata["source_id"] = id_number or None
    else:
        found.say("value_refused", Verdict.ERROR, field="idnumber")
    draft = draft_of(found, content, **metadata)
    if draft is None:
        return None
    if pin is not None:
        return draft.model_copy(update={"content": apply_pinning(draft.content, pin)})
    if not question.is_shuffled and hasattr(draft.content, "order_locked"):
        return draft.model_copy(update={"content": draft.content.model_copy(update={"order_locked": True})})
    return keep_order_safe(found, draft)


def _take_category(category: str, metadata: dict[str, Any], found: Found) -> None:
    """Make a category that begins with the code of a competency that competency, any other a tag."""
    last = category.rpartition("/")[2].strip()
    match = _COMPETENCY.fullmatch(last)
    if match and "competency" not in metadata:
        try:
            metadata["competency"] = parse_competency_code(match["code"])
        except InvalidCompetencyCode:
            pass
        else:
            found.say("category_as_competency", Verdict.OK, text=category[:120], competency=match["code"])
            return
    tag = re.sub(r"\s*[,;\n]\s*", " ", last).strip()[:64].strip()
    found.say("category_as_tag", Verdict.OK, text=category[:120], tag=tag)
    metadata["tags"] = [*metadata["tags"], tag][:30]


def _say_losses(question: MoodleQuestion, found: Found) -> None:
    texts = list(_texts(question))
    lost = sorted({tag for text in texts for tag in text.lost_tags()})
    media = [tag for tag in lost if tag in MEDIA_TAGS]
    if media:
        found.say("media_not_kept", Verdict.HOLD, question.place or None, tags=", ".join(media))
    if others := [tag for tag in lost if tag not in MEDIA_TAGS]:
        found.say("markup_removed", Verdict.WARNING, question.place or None, tags=", ".join(others))
    if any(text.has_tex() for text in texts):
        found.say("tex_kept_as_text", Verdict.WARNING, question.place or None)
    title = plain(MoodleText(question.name).rich())
    shown = plain(question.text.rich())
    if title and title != question.id_number and not _same_start(title, shown):
        found.say("title_not_kept", Verdict.OK, text=title[:80])


def _same_start(title: str, text: str) -> bool:
    # Moodle names a question by the beginning of its text where it has no other name.
    words, whole = "".join(title.rstrip(". …").split()), "".join(text.split())
    return whole.startswith(words)
