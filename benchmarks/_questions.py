"""Questions to measure on: varied Vietnamese of the service's own demo, near-copies of them, and a workbook of both."""

import random
from collections import defaultdict
from dataclasses import dataclass
from io import BytesIO
from itertools import accumulate, pairwise
from typing import Any

import xlsxwriter

from exam_service.demo.content import load_competencies, load_items
from question_bank.citations import Citation
from question_bank.items import ItemDraft
from question_bank.taxonomy import CognitiveLevel

FRESH_WORD = 0.25
"""How often a text leaves the ways of the demo for another word, so that most pairs of neighbours are rare."""

DOCUMENTS = (
    "72/2025/QH15",
    "60/2014/QH13",
    "30/2020/NĐ-CP",
    "23/2015/NĐ-CP",
    "80/2025/QH15",
    "150/2025/NĐ-CP",
)


@dataclass(frozen=True)
class Question:
    """A question as its author would type it; `keys` are places in `options`."""

    stem: str
    options: tuple[str, ...]
    keys: tuple[int, ...]
    competency: str
    level: CognitiveLevel
    document: str
    article: int

    def draft(self) -> ItemDraft:
        """The question as the bank keeps it; its text is plain, so nothing needs cleaning."""
        citation = Citation(document_number=self.document, article=str(self.article))
        raw = {
            "content": self._content(),
            "level": self.level,
            "competency": self.competency,
            "citations": (citation,),
            "expected_time_s": 45,
        }
        return ItemDraft.model_validate(raw, context={"trusted": True})

    def _content(self) -> dict[str, Any]:
        if not self.options:
            return {"type": "true_false", "stem": self.stem, "key": bool(self.keys)}
        options = [{"id": f"o{place}", "text": text} for place, text in enumerate(self.options)]
        shared = {"stem": self.stem, "options": options}
        keys = [f"o{key}" for key in self.keys]
        if len(keys) > 1:
            return {"type": "multiple_choice", "keys": keys, **shared}
        return {"type": "single_choice", "key": keys[0], **shared}


class Writer:
    """Writes questions by the demo's words: which follows which as there, with fresh words by Zipf's law between."""

    def __init__(self, seed: int) -> None:
        """The same seed writes the same questions."""
        self._chance = random.Random(seed)
        items = load_items()
        texts = [item.stem for item in items] + [text for item in items for text in item.options or ()]
        self._next: dict[str, list[str]] = defaultdict(list)
        for text in texts:
            for word, following in pairwise(text.split()):
                self._next[word].append(following)
        self._starts = [item.stem.split()[0] for item in items]
        words = sorted({word.strip('.,;:?()“”"').lower() for text in texts for word in text.split()})
        self._words = self._chance.sample(words, len(words))
        self._weights = list(accumulate(1 / (rank + 20) for rank in range(len(words))))
        self._competencies = [node.code for node in load_competencies()]

    def write(self) -> Question:
        """A question unlike those before it."""
        chance = self._chance
        count = chance.choices((4, 3, 5, 0), (80, 8, 4, 8))[0]
        document, article = chance.choice(DOCUMENTS), chance.randint(1, 180)
        stem = self._text(chance.choice(self._starts), chance.randint(9, 34))
        if chance.random() < 0.5:
            stem = f"Theo khoản {chance.randint(1, 9)} Điều {article} của {document}, {stem[0].lower()}{stem[1:]}"
        keys = [chance.randrange(count)] if count else [0] * (chance.random() < 0.5)
        if count >= 4 and chance.random() < 0.1:
            keys.append((keys[0] + 1) % count)
        return Question(
            stem=f"{stem}?" if count else f"{stem}.",
            options=tuple(
                self._text(chance.choice(self._words), chance.randint(2, 16)) for _ in range(count)
            ),
            keys=tuple(sorted(keys)),
            competency=chance.choice(self._competencies),
            level=chance.choice(list(CognitiveLevel)),
            document=document,
            article=article,
        )

    def reword(self, question: Question) -> Question:
        """The question with one word of its stem in ten replaced: near, and not the same."""
        words = question.stem.split()
        for place in self._chance.sample(range(len(words)), max(1, len(words) // 10)):
            words[place] = self._chance.choice(self._words)
        options = self._chance.sample(range(len(question.options)), len(question.options))
        return Question(
            stem=" ".join(words),
            options=tuple(question.options[place] for place in options),
            keys=tuple(sorted(options.index(key) for key in question.keys)) if options else question.keys,
            competency=question.competency,
            level=question.level,
            document=question.document,
            article=question.article,
        )

    def _text(self, word: str, length: int) -> str:
        words = [word]
        while len(words) < length:
            following = self._next.get(words[-1])
            if not following or self._chance.random() < FRESH_WORD:
                words.append(self._chance.choices(self._words, cum_weights=self._weights)[0])
            else:
                words.append(self._chance.choice(following))
        text = " ".join(words).strip(" .,;:?").replace("<", "").replace("&", "và")
        return text[0].upper() + text[1:]


def workbook(questions: list[Question]) -> bytes:
    """The questions in the columns of practice: stem, A to E, key, competency, level, citation."""
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Câu hỏi")
        headings = ["Câu hỏi", "A", "B", "C", "D", "E", "Đáp án", "Năng lực", "Mức độ", "Căn cứ"]
        sheet.write_row(0, 0, headings)
        for row, question in enumerate(questions, start=1):
            sheet.write_string(row, 0, question.stem)
            for place, text in enumerate(question.options):
                sheet.write_string(row, 1 + place, text)
            sheet.write_string(row, 6, ", ".join("ABCDE"[key] for key in question.keys))
            sheet.write_string(row, 7, question.competency)
            sheet.write_string(row, 9, f"Điều {question.article} {question.document}")
    return buffer.getvalue()
