"""The named paths of a case that ends otherwise, has no number or hour, or is one of several."""

from datetime import timedelta
from uuid import uuid4

from domain.calls import PROMISED_SINCE
from domain.messages import CustomerErased, ServedElsewhere
from domain.words import AttemptOutcome
from tests.workflows import moves
from tests.workflows.case_paths import finish, reached
from tests.workflows.playing import Play
from tests.workflows.scene import Handle, Scene, path
from tests.workflows.test_hours import never_together
from workflows.casework import ASK_AFTER_HANGING_UP
from workflows.close_the_loop import CloseTheLoop

# Withdrawn, erased


@path("customer_withdrew", "hang_up", "withdrawn")
async def withdrawn_while_ringing(scene: Scene) -> Play:
    """The customer withdraws while their telephone rings: it is hung up."""
    play = await scene.start()
    await play.claim()
    attempt = await moves.ring(play)
    await moves.customer_withdraws(play)
    await moves.hangs_up(play, attempt, AttemptOutcome.NO_ANSWER)
    await play.outcome()
    return play


@path("customer_withdrew", "hang_up", "call_asked_after", "withdrawn")
async def hung_up_and_its_end_lost(scene: Scene) -> Play:
    """The same before `ask-after-hanging-up`, and no end of the call is heard: it is asked for after 40 minutes."""
    play = await scene.start()
    await play.claim()
    await moves.ring(play)
    await moves.customer_withdraws(play)
    await play.later(minutes=41)
    await play.outcome()
    return play


@path("hang_up", ASK_AFTER_HANGING_UP, "reconcile_call", "withdrawn")
async def hung_up_and_asked_after(scene: Scene) -> Play:
    """The same, but no end of the call is heard: the provider is asked a minute later."""
    play = await scene.start()
    await play.claim()
    await moves.ring(play)
    await moves.customer_withdraws(play)
    await play.later(minutes=2)
    await play.outcome()
    return play


@path("hang_up", ASK_AFTER_HANGING_UP, "call_ended", "withdrawn")
async def hung_up_and_heard_of(scene: Scene) -> Play | Handle:
    """The same, and the end of the call is heard at once."""
    return await withdrawn_while_ringing(scene)


@path("withdraw", "withdrawn")
async def withdrawn_by_the_owner(scene: Scene) -> Play:
    """The owner ends it in the customer's name."""
    play = await scene.start()
    await play.claim()
    await moves.withdraw(play)
    await play.outcome()
    return play


@path("call_ended", "withdrawn")
async def refused_on_the_telephone(scene: Scene) -> Play:
    """The customer says on the telephone that they want no call."""
    play = await scene.start()
    await play.claim()
    await play.call(AttemptOutcome.REFUSED)
    await play.outcome()
    return play


@path("customer_erased", "erased")
async def erased(scene: Scene) -> Play:
    """The customer's personal data is erased while their case waits."""
    play = await scene.start()
    await play.later(minutes=40)
    await erase(play)
    await play.outcome()
    return play


@path("customer_erased", "hang_up", "erased")
async def erased_while_ringing(scene: Scene) -> Play:
    """The same while their telephone rings."""
    play = await scene.start()
    await play.claim()
    attempt = await moves.ring(play)
    await erase(play)
    await moves.hangs_up(play, attempt, AttemptOutcome.NO_ANSWER)
    await play.outcome()
    return play


@path("customer_erased", "survey_answered", "erased")
async def erased_with_an_alarm_out(scene: Scene) -> Play:
    """Closed already, but an alarm nobody has acknowledged kept it alive."""
    play = await reached(scene)
    await play.resolve()
    await play.answer(solved=False)
    await erase(play)
    await play.outcome()
    return play


async def erase(play: Play) -> None:
    """As an erasure tells the case."""
    await play.tell(CloseTheLoop.customer_erased, CustomerErased(id=play.fact_id(), at=await play.now()))


# Numbers and hours


@path("call_ended", "wrong_number")
async def wrong_number(scene: Scene) -> Play:
    """A stranger answers: it is never rung again."""
    play = await scene.start()
    await play.claim()
    await play.call(AttemptOutcome.WRONG_NUMBER)
    await play.outcome()
    return play


@path("number_needed", "number_given", "promise_kept")
async def number_given_later(scene: Scene) -> Play:
    """No number that can be rung; the customer sends one, and is called within the hour of it."""
    play = await scene.start(phone=None, promise=None)
    await play.later(hours=3)
    await moves.gives_number(play)
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    return await finish(play)


@path("number_needed", "number_given", "call_ended")
async def number_proved_invalid(scene: Scene) -> Play:
    """The number turns out to be none; the customer sends another."""
    play = await scene.start()
    await play.claim()
    await play.call(AttemptOutcome.INVALID)
    await moves.gives_number(play)
    await play.call(AttemptOutcome.REACHED)
    return await finish(play)


@path("number_needed", "unreachable")
async def no_number_ever(scene: Scene) -> Play:
    """No number, and none is sent within the week."""
    play = await scene.start(phone=None, promise=None)
    await play.later(days=7, minutes=1)
    await play.outcome()
    return play


@path("no_overlap", "callback_chosen", "customer_reached")
async def no_overlap(scene: Scene) -> Play:
    """Company and customer are never awake together; the customer picks a time."""
    play = await scene.start(policy=never_together())
    await play.later(minutes=6)
    await moves.chooses(play, await play.now() + timedelta(hours=4))
    await play.later(hours=4)
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    return await finish(play)


# The customer rings us


@path("customer_rang", "claimed", "promise_kept", "customer_reached", "answered")
async def customer_rang(scene: Scene) -> Play:
    """Before anybody has called, the customer rings; a specialist takes it, and stays with them."""
    play = await scene.start()
    await play.later(minutes=20)
    await moves.rings_us(play, taken_by="specialist")
    await play.later(minutes=5)
    return await finish(play)


@path("customer_rang", "next_attempt_planned", "next_attempt_due", "customer_reached", "answered")
async def customer_rang_and_nobody_was_free(scene: Scene) -> Play:
    """Having missed our call they ring, and nobody is free: they are called back before their turn."""
    play = await scene.start()
    await play.claim()
    await play.call(AttemptOutcome.NO_ANSWER)
    await play.later(minutes=5)
    await moves.rings_us(play, taken_by=None)
    await play.later(minutes=2)
    await play.call(AttemptOutcome.REACHED)
    return await finish(play)


@path("customer_rang", "hang_up", "call_ended", "customer_reached", "answered")
async def customer_rang_while_we_rang_them(scene: Scene) -> Play:
    """They ring while we ring them, and a colleague takes it: our call is hung up, and climbs no ladder."""
    play = await scene.start()
    await play.claim()
    attempt = await moves.ring(play)
    await moves.rings_us(play, taken_by="second")
    await moves.hangs_up(play, attempt, AttemptOutcome.BUSY)
    await play.later(minutes=20)
    return await finish(play)


@path("customer_rang", "next_attempt_planned", "next_attempt_due", "customer_reached", "answered")
async def customer_rang_in_vain_and_was_put_off(scene: Scene) -> Play:
    """They ring while we ring them, and nobody is free: before `promised-since-the-call-began` they wait their turn."""
    play = await scene.start()
    await play.claim()
    attempt = await moves.ring(play)
    await play.later(minutes=1)
    await moves.rings_us(play, taken_by=None)
    await moves.hangs_up(play, attempt, AttemptOutcome.NO_ANSWER)
    await play.later(minutes=16)
    await play.call(AttemptOutcome.REACHED)
    return await finish(play)


@path("customer_rang", PROMISED_SINCE, "next_attempt_due", "customer_reached", "answered")
async def customer_rang_in_vain_while_we_rang_them(scene: Scene) -> Play:
    """They ring while we ring them, and nobody is free: they are called back at once, not when it is their turn."""
    play = await scene.start()
    await play.claim()
    attempt = await moves.ring(play)
    await play.later(minutes=1)
    await moves.rings_us(play, taken_by=None)
    await moves.hangs_up(play, attempt, AttemptOutcome.NO_ANSWER)
    await play.later(minutes=2)
    await play.call(AttemptOutcome.REACHED)
    return await finish(play)


# A message does not arrive


@path("message_failed", "resolve", "survey_answered", "answered")
async def mail_bounced_sms_instead(scene: Scene) -> Play:
    """First the confirmation comes back, then the final survey; what goes by SMS instead is answered."""
    play = await scene.start()
    await play.later(minutes=1)
    await moves.message_fails(play)
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    await play.resolve()
    await play.later(minutes=3)
    await moves.message_fails(play)
    await play.later(minutes=20)
    await play.answer()
    await play.outcome()
    return play


# More than one case


@path("served_elsewhere", "customer_reached", "promise_kept")
async def served_elsewhere(scene: Scene) -> Play:
    """The customer was reached in another open case of theirs: one ring serves both."""
    play = await scene.start()
    await play.claim()
    fact = ServedElsewhere(id="served", at=await play.now(), case=uuid4())
    await play.tell(CloseTheLoop.served_elsewhere, fact)
    return await finish(play)
