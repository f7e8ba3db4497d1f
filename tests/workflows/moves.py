"""What people and the world do to a case beyond the straight path."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from domain.calendar import calling_windows
from domain.messages import (
    Acknowledge,
    AnswerReview,
    AskBack,
    Assign,
    Call,
    CallbackChosen,
    CallEnded,
    CustomerAnswered,
    CustomerErased,
    CustomerRang,
    CustomerWithdrew,
    Escalate,
    ForwardReview,
    LogAttempt,
    MessageFailed,
    MoveDeadline,
    NumberGiven,
    OwnerLeft,
    Release,
    ScheduleCallback,
    Withdraw,
)
from domain.promise import promise_from
from domain.state import Snapshot
from domain.words import AttemptOutcome
from tests.workflows.playing import Play
from workflows.close_the_loop import CloseTheLoop

# People ask


async def release(play: Play, who: str = "specialist") -> Snapshot:
    return await play.ask(CloseTheLoop.release, Release(by=play.staff[who]))


async def assign(play: Play, owner: str, who: str = "lead") -> Snapshot:
    ask = Assign(by=play.staff[who], owner=play.staff[owner].id, comment=uuid4())
    return await play.ask(CloseTheLoop.assign, ask)


async def ring(play: Play, who: str = "specialist") -> UUID:
    """A call begins, and nobody has answered it yet."""
    attempt = uuid4()
    await play.ask(CloseTheLoop.call, Call(by=play.staff[who], attempt=attempt))
    return attempt


async def log(play: Play, outcome: AttemptOutcome, who: str = "specialist") -> Snapshot:
    ask = LogAttempt(by=play.staff[who], attempt=uuid4(), outcome=outcome)
    return await play.ask(CloseTheLoop.log_attempt, ask)


async def agree_on(play: Play, time: datetime, who: str = "specialist") -> Snapshot:
    return await play.ask(CloseTheLoop.schedule_callback, ScheduleCallback(by=play.staff[who], time=time))


async def move_deadline(play: Play, due: datetime, who: str = "lead") -> Snapshot:
    return await play.ask(CloseTheLoop.move_deadline, MoveDeadline(by=play.staff[who], due=due, reason=uuid4()))


async def escalate(play: Play, review: UUID | None = None) -> UUID:
    again = review is not None
    question = Escalate(by=play.staff["specialist"], review=review or uuid4(), question=uuid4(), again=again)
    await play.ask(CloseTheLoop.escalate, question)
    return question.review


async def answer_review(play: Play, review: UUID) -> Snapshot:
    answer = AnswerReview(by=play.staff["second_line"], review=review, answer=uuid4())
    return await play.ask(CloseTheLoop.answer_review, answer)


async def ask_back(play: Play, review: UUID) -> Snapshot:
    return await play.ask(CloseTheLoop.ask_back, AskBack(by=play.staff["second_line"], review=review, question=uuid4()))


async def forward(play: Play, review: UUID) -> Snapshot:
    handed_on = ForwardReview(by=play.staff["second_line"], review=review, reference=uuid4())
    return await play.ask(CloseTheLoop.forward_review, handed_on)


async def withdraw(play: Play, who: str = "specialist") -> Snapshot:
    return await play.ask(CloseTheLoop.withdraw, Withdraw(by=play.staff[who], reason=uuid4()))


async def acknowledge(play: Play, who: str = "lead") -> Snapshot:
    return await play.ask(CloseTheLoop.acknowledge, Acknowledge(by=play.staff[who]))


# Facts arrive


def answered(play: Play, attempt: UUID, *, at: datetime) -> CustomerAnswered:
    return CustomerAnswered(id=play.fact_id(), at=at, attempt=attempt)


async def answers(play: Play, attempt: UUID) -> None:
    await play.tell(CloseTheLoop.customer_answered, answered(play, attempt, at=await play.now()))


async def hangs_up(play: Play, attempt: UUID, outcome: AttemptOutcome | None) -> None:
    fact = CallEnded(id=play.fact_id(), at=await play.now(), attempt=attempt, outcome=outcome)
    await play.tell(CloseTheLoop.call_ended, fact)


async def rings_us(play: Play, *, taken_by: str | None) -> None:
    by = play.staff[taken_by].id if taken_by else None
    fact = CustomerRang(id=play.fact_id(), at=await play.now(), attempt=uuid4(), by=by)
    await play.tell(CloseTheLoop.customer_rang, fact)


async def message_fails(play: Play) -> None:
    """A letter comes back, or an SMS is not delivered."""
    fact = MessageFailed(id=play.fact_id(), at=await play.now(), message=uuid4())
    await play.tell(CloseTheLoop.message_failed, fact)


async def chooses(play: Play, time: datetime) -> None:
    fact = CallbackChosen(id=play.fact_id(), at=await play.now(), time=time)
    await play.tell(CloseTheLoop.callback_chosen, fact)


async def customer_withdraws(play: Play) -> None:
    await play.tell(CloseTheLoop.customer_withdrew, CustomerWithdrew(id=play.fact_id(), at=await play.now()))


async def is_erased(play: Play) -> None:
    await play.tell(CloseTheLoop.customer_erased, CustomerErased(id=play.fact_id(), at=await play.now()))


async def gives_number(play: Play) -> None:
    """The customer sends another number; its promise is computed as intake does."""
    now, policy = await play.now(), play.opening.policy
    promise = promise_from(policy, requested_at=now, zone=None)
    calling = calling_windows(policy, None, now, now, now + timedelta(days=14))
    fact = NumberGiven(id=play.fact_id(), at=now, promise=promise, calling=calling)
    await play.tell(CloseTheLoop.number_given, fact)


async def goes_off_duty(play: Play, who: str = "specialist", stand_in: str | None = None) -> None:
    instead = play.staff[stand_in].id if stand_in else None
    fact = OwnerLeft(id=play.fact_id(), at=await play.now(), staff=play.staff[who].id, stand_in=instead)
    await play.tell(CloseTheLoop.owner_left, fact)
