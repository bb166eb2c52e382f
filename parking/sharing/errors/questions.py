"""What can be wrong with an answer to the question why nobody used an agreement?"""

from __future__ import annotations

from parking.kernel.errors import N_, Conflict, InvalidInput, NotFound


class QuestionUnknown(NotFound):
    """Nobody asked about this month, or it is another's agreement."""

    code = "question_unknown"
    text = N_("没有这个询问")


class AnswerRefused(InvalidInput):
    """The answer says nothing, or too much."""

    code = "answer_refused"
    text = N_("答复有 %(count)s 处需要修改")


class AnsweredAlready(Conflict):
    """That party answered before; an answer is never changed."""

    code = "answered_already"
    text = N_("这一方已经答复")
