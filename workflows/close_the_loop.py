"""The spine: one customer's request for contact, from the ticket to the final survey."""

from collections.abc import Callable

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.messages import Opening
    from domain.rules import Case, begin, fall_due, next_due, resume
    from domain.words import Outcome
    from workflows.alarm_clock import AlarmClock
    from workflows.handlers import CaseHandlers


@workflow.defn
class CloseTheLoop(CaseHandlers):
    """Keep the promise: call within the hour, stay until it is solved, ask how it went.

    Started once for a response that asks for contact, with the id `case-{response}`. Updates are what staff ask for,
    signals are facts from outside, the query `snapshot` is the live state. It ends when the loop is closed and every
    alarm has been acknowledged.
    """

    @workflow.init
    def __init__(self, opening: Opening) -> None:
        super().__init__(Case(opening, workflow.patched))
        self._clock = AlarmClock()
        # Here, because facts that were waiting for us are heard before `run` takes its first step.
        if opening.resumed:
            resume(self.case, opening.resumed, at=workflow.now())
        else:
            begin(self.case, at=max(workflow.now(), opening.requested_at))

    @workflow.run
    async def run(self, _opening: Opening) -> Outcome:
        await self._open()
        await self._reach_customer()
        await self._await_resolution()
        await self._ask_customer()
        return await self._close()

    async def _open(self) -> None:
        """The ticket is formed, and everybody on duty hears of it."""
        await self._project()

    async def _reach_customer(self) -> None:
        """The callback promise and its ladder, then the no-answer ladder, until they speak with us."""
        await self._until(lambda: self.case.reached or self.case.over)

    async def _await_resolution(self) -> None:
        """The specialist stays with it: reviews by second line, follow-up calls, a nudge when it lies idle."""
        await self._until(lambda: self.case.resolved or self.case.over)

    async def _ask_customer(self) -> None:
        """Two questions, one reminder, and an end to the waiting; over at once when there is no way to ask."""
        await self._until(lambda: self.case.over)

    async def _close(self) -> Outcome:
        """A call under way ends first. On record as closed, only unacknowledged alarms keep the case alive."""
        await self._until(lambda: self.case.ringing is None)
        await self._project()
        await self._until(lambda: self.case.quiet)
        await self._finish_errands()
        assert self.case.outcome is not None
        return self.case.outcome

    async def _until(self, done: Callable[[], bool]) -> None:
        """Let deadlines fall due, each at its instant, until this stage is done."""
        while not done():
            await self._extend_calendar_if_wanted()
            due = next_due(self.case)
            if due and due.at <= workflow.now():
                fall_due(self.case, workflow.now())
                await self._project()
                continue
            if due:
                self._clock.wind(due.at, due.step)
            await workflow.wait_condition(lambda: not self._writing and (done() or self._rang()))

    def _rang(self) -> bool:
        """The clock rang, or a deadline has moved nearer than it is wound for."""
        due = next_due(self.case)
        return due is not None and due.at < self._clock.rings_at
