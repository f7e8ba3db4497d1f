"""Answers as the OpenAPI document shows them."""

CASE = "0198f0a2-7c1e-7d30-8a55-2f6c1b9e4d00"
CUSTOMER = "Ivan Petrov"
OWNER = "0198f0a2-7c1e-7d30-8a55-2f6c1b9e4d02"
REQUESTED = "2027-03-02T11:00:00Z"
DUE = "2027-03-02T12:00:00Z"

SNAPSHOT: dict[str, object] = {
    "case": CASE,
    "seq": 2,
    "stage": "awaiting_callback",
    "outcome": None,
    "owner": OWNER,
    "promise": {
        "original": {
            "requested_at": REQUESTED,
            "due": DUE,
            "warnings": [{"fraction": 0.5, "due": "2027-03-02T11:30:00Z"}],
        },
        "warned": 0,
        "kept_at": None,
        "kept_by_log": False,
        "broken_at": None,
        "moved_at": None,
        "void": False,
    },
    "number_usable": True,
    "callback": None,
    "deadline": None,
    "next_attempt": None,
    "tries": 0,
    "attempts": [],
    "reviews": [],
    "alarms": {},
    "reached_at": None,
    "first_attempt_at": None,
    "resolved_at": None,
    "cause": None,
    "solved": None,
    "one_conversation": None,
    "closed_at": None,
    "next_case": None,
    "goal_missed": False,
    "urgent_at": DUE,
    "ready_at": None,
    "waiting_for": "promise, 50% gone",
    "waiting_until": "2027-03-02T11:30:00Z",
}
LINE: dict[str, object] = {
    "id": CASE,
    "stage": "awaiting_callback",
    "outcome": None,
    "owner": {"id": OWNER, "name": "Anna Orlova", "role": "specialist"},
    "customer": CUSTOMER,
    "source": "generic",
    "product": "Total Security",
    "loop": 1,
    "previous_id": None,
    "offered_to": None,
    "requested_at": REQUESTED,
    "promise_due": DUE,
    "promise_kept_at": None,
    "promise_broken_at": None,
    "urgent_at": DUE,
    "ready_at": None,
    "waiting_for": "promise, 50% gone",
    "waiting_until": "2027-03-02T11:30:00Z",
    "closed_at": None,
}
QUEUE: dict[str, object] = {"cases": [LINE], "next_cursor": None, "waiting": {"count": 0, "requests": []}}
FOUND: dict[str, object] = {"cases": [LINE]}

Answers = dict[int | str, dict[str, object]]


def answer_example(example: dict[str, object], description: str) -> Answers:
    """The 200 of a route, with what it may look like."""
    return {200: {"description": description, "content": {"application/json": {"example": example}}}}


def snapshot_example() -> Answers:
    """The 200 of every command."""
    return answer_example(SNAPSHOT, "Done; the rows are true already.")
