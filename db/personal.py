"""Which columns hold personal data, and what an erasure makes of them. Every column of every table stands here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class Columns:
    """One table's columns, each in one place; `tests/erasure` fails when one of them is in none."""

    kept: frozenset[str] = frozenset()
    """Ids, instants, codes, scores: they tell nobody who it was, and the reports are made of them."""
    emptied: Mapping[str, object] = field(default_factory=dict)
    """Personal: what each becomes."""
    replaced: frozenset[str] = frozenset()
    """Personal and needed to know a repeat: a keyed hash, or a token that fits nothing, stands in its place."""
    deleted: frozenset[str] = frozenset()
    """Personal, and nothing else depends on the row: all of it goes."""
    of_staff: frozenset[str] = frozenset()
    """About those who work here, not about customers."""


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split())


def _none(names: str) -> dict[str, object]:
    return dict.fromkeys(names.split())


CLASSIFIED: Mapping[str, Columns] = MappingProxyType(
    {
        "customer": Columns(
            kept=_names("id version created_at erased_at"),
            emptied=_none(
                "invited_email email name address_form phone language zone city channel literacy organisation_id"
            ),
            replaced=_names("external_id"),
        ),
        "licence": Columns(deleted=_names("id external_id customer_id product segment seats valid_until version")),
        "purchase": Columns(
            deleted=_names("id external_id customer_id product amount_minor currency state at version")
        ),
        # Gone with the last of its people: a company of one bears the person's name.
        "organisation": Columns(deleted=_names("id external_id name version")),
        "response": Columns(
            kept=_names(
                "id source form version finished submitted_at received_at customer_id language product policy nps ces "
                "phone_problem contact_requested_at promise previous_case erased_at"
            ),
            emptied=_none("zone comment name email phone_typed phone consent_version consent_at") | {"answers": []},
            replaced=_names("external_id"),
        ),
        "note": Columns(kept=_names("id case_id review_id kind by at"), emptied={"text": ""}),
        "finalsurvey": Columns(
            kept=_names("case_id tnps solved contact_requested next_case answered_at"), emptied=_none("comment")
        ),
        "attempt": Columns(
            kept=_names(
                "id case_id by logged inbound started_at posted_at accepted_at picked_up_at answered_by answered_at "
                "ended_at outcome"
            ),
            emptied=_none("phone provider_id"),
        ),
        "message": Columns(
            kept=_names(
                "id key case_id template channel staff_id due state attempts created_at posted_at settled_at error"
            ),
            emptied=_none("provider_id"),
        ),
        # The row stays: that there was a link says that the customer was asked, which reports count.
        "link": Columns(kept=_names("id key case_id kind created_at used_at"), replaced=_names("token_hash")),
        "idempotencykey": Columns(
            deleted=_names("staff_id route key body_hash case_id status answer running_until created_at")
        ),
        "erasure": Columns(
            kept=_names(
                "id origin asked_by asked_at customers responses cases_ended cases_left providers rows finished_at"
            ),
            emptied={"addresses": []},
        ),
        "cases": Columns(
            kept=_names(
                "id seq customer_id loop previous_id next_id sibling_id offered_to source product policy stage outcome "
                "owner_id requested_at promise_due promise_kept_at promise_kept_by_log promise_broken_at "
                "promise_moved_at promise_void reached_at first_attempt_at urgent_at ready_at waiting_for "
                "waiting_until goal_missed resolved_at cause solved one_conversation closed_at snapshot"
            )
        ),
        "tally": Columns(
            kept=_names(
                "case_id requested_at promise_due first_attempt reached resolved closed marks source policy product "
                "cause outcome answer asked withdrawn_by_staff first_said"
            )
        ),
        "tallyname": Columns(kept=_names("id name")),
        "timeline": Columns(kept=_names("id case_id seq event_id kind at due by ref detail recorded_at")),
        "review": Columns(kept=_names("id case_id asked_at due rung forwarded asked_back answered_at")),
        "alert": Columns(
            kept=_names("id key case_id kind due raised_at repeats acknowledged_by acknowledged_at ended_at")
        ),
        # Its body is a signal's argument: ids and instants.
        "inbox": Columns(
            kept=_names("id kind key case_id body urgent_at received_at attempts next_try_at done_at result error")
        ),
        # A keyed hash of the address: whoever said STOP is left alone after the erasure too.
        "suppression": Columns(kept=_names("id channel address_hash reason at")),
        # Whom the installation tells of its cases, and what it told: ids, instants and codes.
        "webhookendpoint": Columns(
            kept=_names("id url events secret active cursor created_at created_by failing_since deactivated_because")
        ),
        "webhookdelivery": Columns(
            kept=_names(
                "id endpoint_id event timeline_id body state attempts created_at next_try_at give_up_at settled_at "
                "last_status error"
            )
        ),
        "cause": Columns(kept=_names("code name_en name_ru active")),
        "presence": Columns(of_staff=_names("staff_id case_id seen_at")),
        "reservation": Columns(kept=_names("case_id staff_id until")),
        "staff": Columns(of_staff=_names("id name role phone email picture language active")),
        "account": Columns(of_staff=_names("staff_id login password_hash one_time changed_at")),
        "staffsession": Columns(of_staff=_names("token_hash staff_id created_at expires_at")),
        "apitoken": Columns(of_staff=_names("token_hash staff_id name created_at expires_at")),
        "duty": Columns(of_staff=_names("id staff_id started_at ended_at stand_in_id")),
    }
)
