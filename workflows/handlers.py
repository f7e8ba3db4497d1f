"""What a case can be told: updates are what people ask for, signals are facts, the query is its live state."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.messages import (
        Acknowledge,
        AnswerReview,
        AskBack,
        Assign,
        Call,
        CallbackChosen,
        CallEnded,
        Claim,
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
        Resolve,
        ResponseAmended,
        ScheduleCallback,
        ServedElsewhere,
        SurveyAnswered,
        Withdraw,
    )
    from domain.state import Snapshot
    from workflows.casework import Casework


class CaseHandlers(Casework):
    """Each handler changes the state before its first await, so that two people never both win.

    What a validator refuses leaves no trace in the history, and comes back to the person with its reason.
    """

    @workflow.query(name="snapshot")
    def current(self) -> Snapshot:
        """The live state, with what the case waits for and until when."""
        return self._snapshot()

    @workflow.update
    async def claim(self, ask: Claim) -> Snapshot:
        """Take the case."""
        return await self._obey(ask)

    @claim.validator
    def _may_claim(self, ask: Claim) -> None:
        self._check(ask)

    @workflow.update
    async def release(self, ask: Release) -> Snapshot:
        """Put it back on the desk."""
        return await self._obey(ask)

    @release.validator
    def _may_release(self, ask: Release) -> None:
        self._check(ask)

    @workflow.update
    async def assign(self, ask: Assign) -> Snapshot:
        """Give it to somebody."""
        return await self._obey(ask)

    @assign.validator
    def _may_assign(self, ask: Assign) -> None:
        self._check(ask)

    @workflow.update
    async def call(self, ask: Call) -> Snapshot:
        """Ring the specialist, then the customer."""
        return await self._obey(ask)

    @call.validator
    def _may_call(self, ask: Call) -> None:
        self._check(ask)

    @workflow.update
    async def log_attempt(self, ask: LogAttempt) -> Snapshot:
        """Record a call made by other means."""
        return await self._obey(ask)

    @log_attempt.validator
    def _may_log_attempt(self, ask: LogAttempt) -> None:
        self._check(ask)

    @workflow.update
    async def schedule_callback(self, ask: ScheduleCallback) -> Snapshot:
        """Agree on a time."""
        return await self._obey(ask)

    @schedule_callback.validator
    def _may_schedule_callback(self, ask: ScheduleCallback) -> None:
        self._check(ask)

    @workflow.update
    async def move_deadline(self, ask: MoveDeadline) -> Snapshot:
        """Give the callback another deadline."""
        return await self._obey(ask)

    @move_deadline.validator
    def _may_move_deadline(self, ask: MoveDeadline) -> None:
        self._check(ask)

    @workflow.update
    async def escalate(self, ask: Escalate) -> Snapshot:
        """Ask second line."""
        return await self._obey(ask)

    @escalate.validator
    def _may_escalate(self, ask: Escalate) -> None:
        self._check(ask)

    @workflow.update
    async def answer_review(self, ask: AnswerReview) -> Snapshot:
        """Second line answers."""
        return await self._obey(ask)

    @answer_review.validator
    def _may_answer_review(self, ask: AnswerReview) -> None:
        self._check(ask)

    @workflow.update
    async def ask_back(self, ask: AskBack) -> Snapshot:
        """Second line needs to know more."""
        return await self._obey(ask)

    @ask_back.validator
    def _may_ask_back(self, ask: AskBack) -> None:
        self._check(ask)

    @workflow.update
    async def forward_review(self, ask: ForwardReview) -> Snapshot:
        """Second line hands it on."""
        return await self._obey(ask)

    @forward_review.validator
    def _may_forward_review(self, ask: ForwardReview) -> None:
        self._check(ask)

    @workflow.update
    async def resolve(self, ask: Resolve) -> Snapshot:
        """End the work; the final survey goes out."""
        return await self._obey(ask)

    @resolve.validator
    def _may_resolve(self, ask: Resolve) -> None:
        self._check(ask)

    @workflow.update
    async def withdraw(self, ask: Withdraw) -> Snapshot:
        """End the case at the customer's wish."""
        return await self._obey(ask)

    @withdraw.validator
    def _may_withdraw(self, ask: Withdraw) -> None:
        self._check(ask)

    @workflow.update
    async def acknowledge(self, ask: Acknowledge) -> Snapshot:
        """Stop the alarms."""
        return await self._obey(ask)

    @acknowledge.validator
    def _may_acknowledge(self, ask: Acknowledge) -> None:
        self._check(ask)

    @workflow.signal
    async def customer_answered(self, fact: CustomerAnswered) -> None:
        await self._hear(fact)

    @workflow.signal
    async def call_ended(self, fact: CallEnded) -> None:
        await self._hear(fact)

    @workflow.signal
    async def customer_rang(self, fact: CustomerRang) -> None:
        await self._hear(fact)

    @workflow.signal
    async def message_failed(self, fact: MessageFailed) -> None:
        await self._hear(fact)

    @workflow.signal
    async def callback_chosen(self, fact: CallbackChosen) -> None:
        await self._hear(fact)

    @workflow.signal
    async def customer_withdrew(self, fact: CustomerWithdrew) -> None:
        await self._hear(fact)

    @workflow.signal
    async def customer_erased(self, fact: CustomerErased) -> None:
        await self._hear(fact)

    @workflow.signal
    async def number_given(self, fact: NumberGiven) -> None:
        await self._hear(fact)

    @workflow.signal
    async def response_amended(self, fact: ResponseAmended) -> None:
        await self._hear(fact)

    @workflow.signal
    async def owner_left(self, fact: OwnerLeft) -> None:
        await self._hear(fact)

    @workflow.signal
    async def served_elsewhere(self, fact: ServedElsewhere) -> None:
        await self._hear(fact)

    @workflow.signal
    async def survey_answered(self, fact: SurveyAnswered) -> None:
        await self._hear(fact)
