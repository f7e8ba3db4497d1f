"""Why something was refused, in words: each problem's code as staff read it."""

from collections.abc import Mapping

from api.problems import Problem
from api.staff_pages.translations import N_, said
from domain.words import Language

TITLES: Mapping[int, str] = {
    401: N_("Please sign in"),
    403: N_("This page is not for you"),
    404: N_("Not found"),
    409: N_("Not possible now"),
    422: N_("Something is missing"),
    429: N_("Too often"),
    503: N_("Not available for a moment"),
}
TEXTS: Mapping[str, str] = {
    # Whoever asks, and whatever page it is
    "not_your_role": N_("Your role may not do this. Ask a team lead."),
    "cross_site": N_("Open the page at its own address and send the form from there."),
    "not_understood": N_("The form was not understood. Go back, and send it again."),
    "invalid": N_("The form was not understood. Go back, and send it again."),
    "database_unavailable": N_("The database does not answer. Try again in a moment; nothing was lost."),
    "workflow_unavailable": N_("The case did not answer in time. Send it again: it is carried out once."),
    "still_running": N_("This is still under way. Send it again in a moment: it is carried out once."),
    "feed_not_ready": N_("Live changes are not available yet. Try again in a moment."),
    "key_reused": N_(
        "This form was sent before with other words. See whether that was carried out, then send it again."
    ),
    "shown_before": N_(
        "This was done before, and what it made is not shown again. If it was not copied, make another one."
    ),
    "no_such_staff": N_("Nobody here has this id."),
    "own_rights": N_("Another administrator has to take your own rights away."),
    "unknown_cursor": N_("This place in the list is not known. Begin at its start."),
    "bad_period": N_("This period cannot be shown: it must end after it begins, and last three years at most."),
    # Cases
    "no_such_case": N_("There is no such case."),
    "not_open_yet": N_("The contact request has arrived, and its case is about to open. Try again in a moment."),
    "queue_empty": N_("No case is waiting for you now."),
    "owned_by_another": N_("Somebody else already has this case. Take another one."),
    "promise_not_broken": N_("A specialist takes this case. You may once its promise is broken."),
    "nobodys": N_("This case is on the desk already."),
    "closed": N_("This case is no longer open. Below is how it ended."),
    "not_the_owner": N_("This case is not yours. Take it first."),
    "no_alarm": N_("No alert of this case waits to be acknowledged."),
    "not_at_the_desk": N_("Choose somebody who works with customers here."),
    "erased": N_("This customer was erased. Nothing may be added."),
    # Calls and times
    "call_under_way": N_("A call to this customer is under way. Wait until it ends."),
    "already_ringing": N_("This number is being rung in another case. Wait until that call ends: one may serve both."),
    "on_the_phone": N_("You are on the telephone for another case. End that call first."),
    "attempt_known": N_("This call is on record already."),
    "no_number": N_("There is no number that can be rung. The customer was asked for one."),
    "not_a_civil_hour": N_("It is not a decent hour to ring this customer. Agree a time, or wait."),
    "company_closed": N_("Nobody is at work then, or it is too far ahead. Choose another time."),
    "in_the_past": N_("Choose a time that is still to come."),
    "too_far": N_("Choose a time within thirty days."),
    # Solving it
    "not_reached": N_("The customer has not been reached yet. Speak with them first."),
    "review_open": N_("Second line has a question of this case. Wait for its answer."),
    "no_such_cause": N_("Choose a cause from the list."),
    "no_such_question": N_("This case has no such question. Ask it anew."),
    "already_asked": N_("This question is with second line already, or answered."),
    "not_waiting": N_("This question does not wait for an answer any more. Below is what became of it."),
    # Oneself
    "yourself": N_("Name somebody else as your stand-in."),
    "stand_in_off_duty": N_("Your stand-in is off duty. Name somebody who is on duty."),
}
"""Of every refusal of a case, and of every problem that a page may meet."""
NOT_OPENED = N_("Your role does not open this page. Ask a team lead if you need it.")
OWNED: Mapping[str, str] = {
    "owned_by_another": N_("{owner} already has this case. Take another one."),
    "not_the_owner": N_("{owner} has this case. Ask them for it, or a team lead to give it to you."),
}


def title(status: int) -> str:
    """The heading of a page in place of which this problem stands."""
    return TITLES.get(status, TITLES[409])


def text(problem: Problem, language: Language, *, owner: str | None = None) -> str:
    """What to do; in the problem's own words where the code has none here. `owner`: who has the case it is about."""
    if problem.status == 403 and problem.code == "not_your_role":
        return said(language, NOT_OPENED)
    return reason(problem.code, language, owner=owner) if problem.code in TEXTS else problem.detail


def reason(code: str, language: Language, *, owner: str | None = None) -> str:
    """The same for a refusal of a case, of which only the code is known."""
    if owner and code in OWNED:
        return said(language, OWNED[code]).replace("{owner}", owner)
    return said(language, TEXTS.get(code, code))
