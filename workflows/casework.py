"""How a case's changes leave the workflow: rows first, in order; then errands that nobody waits for."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.announcements import Announce, AnnouncementActivities
    from activities.cases import CaseActivities, Extend
    from activities.phone import PhoneActivities, Ring, Rung
    from domain import rules
    from domain.announcements import worth_telling
    from domain.events import Event, EventKind
    from domain.messages import Ask, CallEnded, Fact
    from domain.projection import Record, Telling, ticket_of
    from domain.refusals import Refused
    from domain.state import Snapshot
    from domain.words import AttemptOutcome
    from workflows import options
    from workflows.story import current_details, summary_of

ASK_AFTER_HANGING_UP = "ask-after-hanging-up"
"""Patch: without it a call that was hung up is asked after as late as any other whose end is lost."""


class Casework:
    """One case and its ways out. Handlers and clock share it; the lock keeps rows in the workflow's order."""

    def __init__(self, case: rules.Case) -> None:
        self.case = case
        self._in_order = asyncio.Lock()
        self._errands: set[asyncio.Task[None]] = set()

    def _snapshot(self) -> Snapshot:
        due = rules.awaited(self.case)
        return self.case.snapshot(due.step if due else None, due.at if due else None)

    @property
    def _writing(self) -> bool:
        """Rows are being written, or wait to be. The clock is looked at after them.

        A cold worker may hear of written rows and of an update in one task which the replay sees as two: the order of
        commands must not depend on it (temporalio/sdk-python#1591).
        """
        return self._in_order.locked()

    # In

    def _check(self, ask: Ask) -> None:
        try:
            rules.check(ask, self.case, workflow.now())
        except Refused as refused:
            raise _refusal(refused) from None

    async def _obey(self, ask: Ask) -> Snapshot:
        update = workflow.current_update_info()
        assert update is not None
        try:
            rules.obey(self.case, ask, at=workflow.now(), why=update.id)
        except Refused as refused:
            await self._project()  # what fell due before it
            raise _refusal(refused) from None
        return await self._project()

    async def _hear(self, fact: Fact) -> None:
        rules.hear(self.case, fact, now=workflow.now())
        await self._project()

    # Out

    async def _project(self) -> Snapshot:
        """Write what has just happened. The reply shows this moment, though others may happen while it is written."""
        rules.close_if_over(self.case, workflow.now())
        events, snapshot = tuple(self.case.take_events()), self._snapshot()
        if not events:
            return snapshot
        workflow.set_current_details(current_details(snapshot))
        async with self._in_order:
            recorded = await workflow.execute_activity_method(
                CaseActivities.record,
                self._record_of(events, snapshot),
                **options.database(summary_of(events)),
            )
        if not recorded.can_be_asked:
            rules.leave_unasked(self.case)
        if not recorded.told:
            self._errand(self._announce(tuple(worth_telling(events))))
        self._telephone(events)
        return snapshot

    def _record_of(self, events: tuple[Event, ...], snapshot: Snapshot) -> Record:
        return Record(
            events=events,
            snapshot=snapshot,
            ticket=ticket_of(self.case.opening) if events[0].seq == 1 else None,
            telling=Telling(policy=self.case.policy, at=workflow.now()) if worth_telling(events) else None,
        )

    def _telephone(self, events: tuple[Event, ...]) -> None:
        """What follows by telephone is begun, not awaited: an absent provider must not stop the ladder."""
        for event in events:
            if event.kind in (EventKind.CALL_STARTED, EventKind.CALL_ASKED_AFTER) and event.ref:
                self._errand(self._ring(event.ref, event.kind))
            elif _ends_ringing(event) and self.case.ringing:
                self._errand(self._hang_up(self.case.ringing.id))

    def _errand(self, errand: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _finish_errands(self) -> None:
        await workflow.wait_condition(lambda: not self._errands and workflow.all_handlers_finished())

    async def _announce(self, events: tuple[Event, ...]) -> None:
        try:
            await workflow.execute_activity_method(
                AnnouncementActivities.announce,
                Announce(case=self.case.opening.case, policy=self.case.policy, at=workflow.now(), events=events),
                **options.messages(summary_of(events)),
            )
        except ActivityError as failure:
            _swallow(failure, "announcement given up; its message rows say what became of it")

    async def _hang_up(self, attempt: UUID) -> None:
        """Let the telephone stop ringing; a conversation is not cut off. Its end is told to us, or soon asked for."""
        if self.case.on_the_line_since:
            return
        try:
            await workflow.execute_activity_method(
                PhoneActivities.hang_up, attempt, **options.calls("the customer is not to be rung any more")
            )
        except ActivityError as failure:
            _swallow(failure, "call not hung up")
        if workflow.patched(ASK_AFTER_HANGING_UP):
            await self._ask_after_hanging_up(attempt)

    async def _ask_after_hanging_up(self, attempt: UUID) -> None:
        """While no end of it is heard, the number counts as ringing: nobody may ring it, and the case stays alive."""
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self.case.ringing is None, timeout=options.HANGING_UP, timeout_summary="end of a call hung up"
            )
            return
        await self._ring(attempt, EventKind.CALL_ASKED_AFTER)

    async def _ring(self, attempt: UUID, kind: EventKind) -> None:
        """Place the call, or ask the provider how a lost one ended. Its end comes as a fact, here or from outside."""
        ring = Ring(
            case=self.case.opening.case,
            attempt=attempt,
            policy=self.case.policy,
            at=workflow.now(),
            agreed=self.case.agreed_about(workflow.now()),
            first=self.case.never_tried,
        )
        activity = PhoneActivities.place_call if kind is EventKind.CALL_STARTED else PhoneActivities.reconcile_call
        try:
            ended = await workflow.execute_activity_method(activity, ring, **options.calls(kind))
        except ActivityError as failure:
            _swallow(failure, "call given up")
            ended = Rung(outcome=AttemptOutcome.TECHNICAL)
        if ended.outcome:
            at = ended.at or workflow.now()
            await self._hear(
                CallEnded(id=f"{kind}:{attempt}:{at.isoformat()}", at=at, attempt=attempt, outcome=ended.outcome)
            )

    async def _extend_calendar_if_wanted(self) -> None:
        case = self.case
        if not case.calendar_wanted:
            return
        windows = await workflow.execute_activity_method(
            CaseActivities.extend_calendar,
            Extend(case=case.opening.case, policy=case.policy, since=workflow.now()),
            **options.database("calendar extended"),
        )
        case.extend_calendar(windows.calling, windows.company)


def _ends_ringing(event: Event) -> bool:
    """They want no call any more, or speak with us already."""
    rang_and_reached = event.kind is EventKind.CUSTOMER_RANG and event.by is not None
    return rang_and_reached or event.kind in (EventKind.WITHDRAWN, EventKind.ERASED)


def _refusal(refused: Refused) -> ApplicationError:
    owner = str(refused.owner) if refused.owner else None
    return ApplicationError(refused.message, refused.code, owner, type="Refused", non_retryable=True)


def _swallow(failure: ActivityError, what: str) -> None:
    if is_cancelled_exception(failure):
        raise failure
    workflow.logger.error(what)
