"""Every named path, by name: whoever is on one of them must find it working after an upgrade."""

from tests.workflows import case_paths, keeping_paths, other_paths, trouble_paths
from tests.workflows.scene import PATHS

NAMES = (
    # reached, worked on, asked
    "straight_by_telephone",
    "straight_logged",
    "no_answer_then_reached",
    "ladder_exhausted",
    "broken_and_rescued",
    "claimed_not_called_released",
    "through_many_hands",
    "answered_in_time_and_heard_of_late",
    "moved_by_customer",
    "asked_later_and_forgotten",
    "escalated_asked_back_and_forwarded",
    "review_overdue_ladder",
    "idle_beyond_its_calendar",
    "ended_unsolved",
    "survey_expired",
    "not_asked",
    "not_solved_until_acknowledged",
    "contact_asked_again",
    "withdrawn_during_the_final_survey",
    # ended otherwise, without a number or hour, one of several
    "withdrawn_while_ringing",
    "hung_up_and_its_end_lost",
    "hung_up_and_asked_after",
    "hung_up_and_heard_of",
    "withdrawn_by_the_owner",
    "refused_on_the_telephone",
    "erased",
    "erased_while_ringing",
    "erased_with_an_alarm_out",
    "wrong_number",
    "number_given_later",
    "number_proved_invalid",
    "no_number_ever",
    "no_overlap",
    "customer_rang",
    "customer_rang_and_nobody_was_free",
    "customer_rang_while_we_rang_them",
    "customer_rang_in_vain_and_was_put_off",
    "customer_rang_in_vain_while_we_rang_them",
    "mail_bounced_sms_instead",
    "served_elsewhere",
    # things break
    "lost_call_reconciled",
    "call_given_up",
    "call_left_by_its_specialist",
    "announcement_failed_and_retried",
    "announcement_and_hanging_up_given_up",
    "all_was_down",
    "worker_killed",
    "resumed_from_its_row",
    # erasure and retention
    "person_erased",
    "person_erased_in_spite_of_silence",
    "retention_night",
)

__all__ = ["NAMES", "PATHS", "case_paths", "keeping_paths", "other_paths", "trouble_paths"]
