"""What the customer's pages have to say: each catalogue gives every text."""

from dataclasses import dataclass

CONSENT_VERSION = "2026-11"
"""Changes whenever `Words.consent` changes in any language: answers keep the version they agreed to."""


@dataclass(frozen=True)
class Words:
    """Every text of the customer's pages in one language; `{…}` is filled in."""

    other_language: str
    feedback: str
    optional: str
    send: str

    survey_title: str
    survey_intro: str
    nps: str
    nps_lowest: str
    nps_highest: str
    ces: str
    ces_lowest: str
    ces_highest: str
    comment: str
    comment_hint: str
    contact: str
    contact_hint: str
    contact_again: str
    phone: str
    phone_hint: str
    phone_same: str
    name: str
    email: str
    email_hint: str
    leave_empty: str
    consent: str

    thanks_title: str
    thanks_text: str
    thanks_call_by: str
    thanks_call_soon: str
    thanks_once: str

    final_title: str
    final_intro: str
    tnps: str
    solved: str
    solved_yes: str
    solved_no: str
    final_thanks_call: str
    answered_title: str
    answered_text: str
    ended_title: str
    ended_text: str

    picker_title: str
    picker_intro: str
    picker_none: str
    picker_send: str
    zone_note: str
    chosen_title: str
    chosen_text: str
    chosen_again: str
    number_title: str
    number_intro: str
    number_send: str
    number_thanks_title: str
    withdraw: str
    withdraw_title: str
    withdraw_text: str
    withdraw_send: str
    withdraw_back: str
    withdrawn_title: str
    withdrawn_text: str
    closed_title: str
    closed_text: str
    closed_survey: str

    today: str
    tomorrow: str
    call_by: str
    months: tuple[str, ...]
    weekdays: tuple[str, ...]

    errors_title: str
    error_nothing: str
    error_scale: str
    error_choice: str
    error_too_long: str
    error_contact: str
    error_phone_missing: str
    error_phone: str
    error_phone_country: str
    error_email: str
    error_slot: str

    unknown_title: str
    unknown_text: str
    busy_title: str
    busy_text: str
    wrong_title: str
    wrong_text: str
