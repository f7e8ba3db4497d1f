"""What a customer wrote, each thing once: scores and comment stand out, under the words they were asked in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.shown import AnswerOut, ResponseOut
from surveys.questionnaire import clipped, score
from surveys.response import MAX_TEXT, Meaning


@dataclass(frozen=True)
class Wrote:
    """The answers without those that stand out, and without the tick, which the case itself tells of."""

    asked: Mapping[str, str]
    """By meaning: the question that led to what stands out."""
    answers: Sequence[AnswerOut]


def wrote(response: ResponseOut) -> Wrote:
    """Every question with its answer is in one of the two."""
    asked, rest = dict[str, str](), list[AnswerOut]()
    for answer in response.answers:
        if answer.value is None or _is_tick(answer):
            continue
        if answer.meaning and answer.meaning not in asked and _stands_out(answer, response):
            asked[answer.meaning] = answer.question_text
        else:
            rest.append(answer)
    return Wrote(asked, rest)


def _is_tick(answer: AnswerOut) -> bool:
    """A bare yes: in other words, such as *yes, after six*, they told us more."""
    return answer.meaning == Meaning.CONTACT and answer.value is True


def _stands_out(answer: AnswerOut, response: ResponseOut) -> bool:
    """Whether it is the very score or comment that is shown large."""
    value = tuple(answer.value) if isinstance(answer.value, list) else answer.value
    told: Mapping[str, tuple[str | int | None, str | int | None]] = {
        Meaning.NPS: (response.nps, score(value, 0, 10)),
        Meaning.CES: (response.ces, score(value, 1, 7)),
        Meaning.COMMENT: (response.comment, clipped(value, MAX_TEXT)),
    }
    large, answered = told.get(answer.meaning or "", (None, None))
    return large is not None and large == answered
