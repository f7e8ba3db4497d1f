"""One case: its state, what may be read off it, and the events it has not yet handed over."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from domain.events import Event, EventKind
from domain.messages import Opening
from domain.state import Alarm, Attempt, Callback, Deadline, PromiseState, Review, Snapshot, answer_to_tell
from domain.windows import Windows
from domain.words import OPEN_STAGES, AttemptOutcome, Outcome, Stage


def _every(_rule: str) -> bool:
    return True


class Case:
    """Pure: told the time, never asking for it. `asks`, `facts` and `agenda` change it and note what happened."""

    def __init__(self, opening: Opening, holds: Callable[[str], bool] = _every) -> None:
        self.opening = opening
        self.holds = holds
        """Whether a rule that is younger than some cases holds for this one: it does not where the case has gone on
        without it. Asked only where the ways part."""
        self.policy = opening.policy
        self.calling, self.company = opening.calling, opening.company
        self.first_call = opening.first_call
        self.stage = Stage.AWAITING_CALLBACK
        self.outcome: Outcome | None = None
        self.owner: UUID | None = None
        self.number_usable = opening.number_usable
        self.number_asked_at = opening.requested_at
        self.promise = PromiseState(original=opening.promise)
        self.attempts: dict[UUID, Attempt] = {}
        self.reviews: dict[UUID, Review] = {}
        self.alarms: dict[str, Alarm] = {}
        self.callback: Callback | None = None
        self.deadline: Deadline | None = None
        self.next_attempt: datetime | None = None
        self.next_attempt_told = False
        self.rang_at: datetime | None = None
        """When they last rang us in vain, and were to be called back."""
        self.tries = 0
        self.call_wanted_since: datetime | None = None
        self.not_called_warned = False
        self.idle_since = opening.requested_at
        self.reached_at: datetime | None = None
        self.goal_missed = False
        self.resolved_at: datetime | None = None
        self.cause: str | None = None
        self.solved: bool | None = None
        self.one_conversation: bool | None = None
        self.survey_reminded = False
        self.closed_at: datetime | None = None
        self.next_case: UUID | None = None
        self.calendar_wanted = False
        self.seq = 0
        self.why = "opening"
        """Id of the update, fact or step that is being applied: it goes into each event's id."""
        self.picked_up: dict[UUID, datetime] = {}
        """When the call under way was answered, until that is on record."""
        self.left: dict[UUID, datetime] = {}
        """When its specialist was gone from the call under way, until its end is told or asked for."""
        self._heard: set[str] = set()
        self._events: list[Event] = []

    # Reading

    @property
    def open(self) -> bool:
        """There is still work to do for the customer."""
        return self.stage in OPEN_STAGES and self.outcome is None

    @property
    def over(self) -> bool:
        """Nothing more is to come from the customer or from us."""
        return self.outcome is not None

    @property
    def reached(self) -> bool:
        """The customer has spoken with us."""
        return self.reached_at is not None

    @property
    def resolved(self) -> bool:
        """The owner has ended the work."""
        return self.resolved_at is not None

    @property
    def quiet(self) -> bool:
        """No alarm is waiting for an acknowledgement."""
        return not self.alarms

    @property
    def ringing(self) -> Attempt | None:
        """The attempt that has not ended yet."""
        return next((attempt for attempt in self.attempts.values() if attempt.ended_at is None), None)

    @property
    def on_the_line_since(self) -> datetime | None:
        """When the call under way was answered; None while nobody speaks."""
        ringing = self.ringing
        return self.picked_up.get(ringing.id, ringing.answered_at) if ringing else None

    @property
    def waiting_reviews(self) -> list[Review]:
        """Questions that second line has yet to answer."""
        return [review for review in self.reviews.values() if review.waiting]

    @property
    def can_be_worked(self) -> bool:
        """It is our turn: neither second line's, nor the customer's to send a number that can be rung."""
        return self.stage is not Stage.UNDER_REVIEW and (self.reached or self.number_usable)

    def callable_at(self, at: datetime) -> bool:
        """The customer may be rung now: a civil hour, or a time they agreed to."""
        first = self.first_call if self.never_tried else None
        return self.agreed_about(at) or self.calling.contains(at) or (first is not None and first.contains(at))

    @property
    def never_tried(self) -> bool:
        """No call has come through to the customer's telephone yet."""
        return all(attempt.outcome in (None, AttemptOutcome.TECHNICAL) for attempt in self.attempts.values())

    def agreed_about(self, at: datetime) -> bool:
        """The customer agreed to be rung about now: long after the agreed time it may be night."""
        return self.callback is not None and abs(at - self.callback.time) <= self.policy.agreed_margin

    def ready_at(self) -> datetime | None:
        """From when the case is to be worked; None: at once."""
        agreed = self.callback and self.callback.time - self.policy.agreed_margin
        return min((at for at in (agreed, self.next_attempt) if at), default=None)

    def wants_call(self, at: datetime) -> bool:
        """The owner ought to ring the customer now."""
        ready = self.ready_at()
        if not self.open or not self.number_usable or self.ringing:
            return False
        return ready <= at if ready else self.stage is Stage.AWAITING_CALLBACK

    def urgent_at(self) -> datetime | None:
        """The instant by which somebody has to act: what orders the queue."""
        if not self.open:
            return None
        promise = self.promise
        wanted = [self.next_attempt, self.callback and self.callback.time, self.deadline and self.deadline.due]
        if not self.reached and self.number_usable and not (promise.kept_at or promise.moved_at):
            wanted.append(promise.due)
        wanted += [review.due for review in self.waiting_reviews] or [self._answer_due()]
        known = [instant for instant in wanted if instant]
        if known or not self.can_be_worked:
            return min(known, default=None)
        return self.idle_since + self.policy.idle

    def _answer_due(self) -> datetime | None:
        """Whoever has an answer rings at once, unless they are to ring at a certain time anyway."""
        since = answer_to_tell(self.reviews.values(), self.attempts.values())
        return self.later(since, self.policy.claimed_not_called) if since and not self.ready_at() else None

    # Changing

    def heard(self, fact_id: str) -> bool:
        """Whether this fact was heard before; from now on it was."""
        repeated = fact_id in self._heard
        self._heard.add(fact_id)
        return repeated

    @contextmanager
    def a_step(self, now: datetime) -> Iterator[None]:
        """Somebody does something: if it changes anything, the case is no longer idle."""
        before = self.seq
        yield
        if self.seq > before:
            self.idle_since = now

    def note(
        self,
        kind: EventKind,
        at: datetime,
        *,
        due: datetime | None = None,
        by: UUID | None = None,
        ref: UUID | None = None,
        detail: str = "",
    ) -> Event:
        """Add an event to the timeline."""
        self.seq += 1
        event_id = f"{self.seq}:{kind}:{self.why}"
        event = Event(seq=self.seq, id=event_id, kind=kind, at=at, due=due, by=by, ref=ref, detail=detail)
        self._events.append(event)
        return event

    def raise_alarm(self, event: Event, now: datetime) -> None:
        """From now on the alert repeats until acknowledged or ended."""
        name = event.kind.value
        self.alarms[name] = Alarm(seq=event.seq, due=event.due or event.at, next_at=now + self.policy.alarm_repeat)

    def end_alarms(self, *kinds: EventKind) -> None:
        """Their cause has ended; without kinds, all of them."""
        for name in [kind.value for kind in kinds] or list(self.alarms):
            self.alarms.pop(name, None)

    def end(self, outcome: Outcome) -> None:
        """Nothing more is to be done: whatever was planned is dropped."""
        self.outcome = outcome
        self.callback = self.deadline = self.next_attempt = self.call_wanted_since = None
        self.end_alarms()

    def own(self, owner: UUID | None, at: datetime) -> None:
        """Change hands; the clock of "claimed but not called" starts anew."""
        self.owner = owner
        self.call_wanted_since = at if owner and self.wants_call(at) else None
        self.not_called_warned = False

    def start_callback(self, time: datetime, at: datetime) -> None:
        """From now on the case waits for the agreed time."""
        self.callback = Callback(time=time, agreed_at=at)
        self.end_alarms(EventKind.CALLBACK_BROKEN, EventKind.NO_OVERLAP)

    def extend_calendar(self, calling: Windows, company: Windows) -> None:
        """The known calendar reaches further ahead now."""
        self.calling, self.company, self.calendar_wanted = calling, company, False

    def close(self, at: datetime) -> None:
        """The loop is closed."""
        self.why = "close"
        self.stage, self.closed_at = Stage.CLOSED, at
        self.note(EventKind.CLOSED, at, detail=self.outcome or "", ref=self.next_case)

    def take_events(self) -> list[Event]:
        """The events since the last taking; each is handed over once."""
        events, self._events = self._events, []
        return events

    def alert_only(self, loudest: Event, *, since: int) -> None:
        """Of the events noted after number `since`, only this one alerts; the others are on record."""
        self._events = [
            event if event.seq <= since or event == loudest else event.model_copy(update={"quiet": True})
            for event in self._events
        ]

    def events_since(self, seq: int) -> list[Event]:
        """Events noted after number `seq` and not yet taken."""
        return [event for event in self._events if event.seq > seq]

    def snapshot(self, waiting_for: str | None, waiting_until: datetime | None) -> Snapshot:
        """The state as others see it, unaffected by what happens later."""
        attempts = [attempt.model_copy() for attempt in self.attempts.values()]
        return Snapshot(
            case=self.opening.case,
            seq=self.seq,
            stage=self.stage,
            outcome=self.outcome,
            owner=self.owner,
            promise=self.promise.model_copy(),
            number_usable=self.number_usable,
            callback=self.callback and self.callback.time,
            deadline=self.deadline and self.deadline.due,
            next_attempt=self.next_attempt,
            tries=self.tries,
            attempts=attempts,
            reviews=[review.model_copy() for review in self.reviews.values()],
            alarms={kind: alarm.model_copy() for kind, alarm in self.alarms.items()},
            reached_at=self.reached_at,
            first_attempt_at=min((attempt.started_at for attempt in attempts), default=None),
            resolved_at=self.resolved_at,
            cause=self.cause,
            solved=self.solved,
            one_conversation=self.one_conversation,
            closed_at=self.closed_at,
            next_case=self.next_case,
            goal_missed=self.goal_missed,
            urgent_at=self.urgent_at(),
            ready_at=self.ready_at(),
            waiting_for=waiting_for,
            waiting_until=waiting_until,
        )

    def goal_due(self) -> datetime:
        """When the case ought to be resolved, on the wall clock."""
        return self.opening.requested_at + self.policy.goal

    def later(self, at: datetime, wait: timedelta) -> datetime:
        """The first instant after a wait at which the customer may be rung."""
        return self.calling.earliest(at + wait) or at + wait
