"""The erasure of people: their cases end first, then providers forget, then the rows are emptied."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception
from temporalio.workflow import ActivityConfig

with workflow.unsafe.imports_passed_through():
    from activities.erasure import Erase, ErasureActivities


def _patient(summary: str, patience: timedelta | None) -> ActivityConfig:
    """Tried until it is done; beyond `patience` the erasure goes on without it, and the proof says so."""
    return ActivityConfig(
        summary=summary,
        start_to_close_timeout=timedelta(minutes=5),
        schedule_to_close_timeout=patience,
        retry_policy=RetryPolicy(
            initial_interval=timedelta(milliseconds=200), backoff_coefficient=2, maximum_interval=timedelta(seconds=30)
        ),
    )


UNTIL_CASES_END = timedelta(days=2)
"""Longer than a conversation and any message on its way; a case that takes longer needs somebody to look."""
UNTIL_PROVIDERS_ANSWER = timedelta(days=7)
"""A week: the person has to be answered within a month."""


@workflow.defn
class ErasePeople:
    """Started once for an erasure that was asked for, with the id `erasure-{id}`; the proof is its row."""

    @workflow.run
    async def run(self, erase: Erase) -> None:
        await self._end_cases(erase)
        await self._ask_providers(erase)
        await self._empty_rows(erase)

    async def _end_cases(self, erase: Erase) -> None:
        """A case under way needs its rows until it has ended."""
        try:
            await workflow.execute_activity_method(
                ErasureActivities.end_cases, erase, **_patient("cases end", UNTIL_CASES_END)
            )
        except ActivityError as late:
            _go_on(late, "cases have not ended")

    async def _ask_providers(self, erase: Erase) -> None:
        """While our rows still say which copies there are."""
        try:
            await workflow.execute_activity_method(
                ErasureActivities.forget_copies, erase, **_patient("providers forget", UNTIL_PROVIDERS_ANSWER)
            )
        except ActivityError as late:
            _go_on(late, "a provider has not answered")

    async def _empty_rows(self, erase: Erase) -> None:
        await workflow.execute_activity_method(ErasureActivities.empty_rows, erase, **_patient("rows emptied", None))


def _go_on(failure: ActivityError, what: str) -> None:
    if is_cancelled_exception(failure):
        raise failure
    workflow.logger.error("erasure goes on: %s", what)
