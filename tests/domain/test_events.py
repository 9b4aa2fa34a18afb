"""The fold: events back into the status hash, field by field."""

from hypothesis import given
from hypothesis import strategies as st

from orderstream.domain.events import Event, EventType, fold, ms_of, seconds_of

AT = 1_795_000_000_123


def event(
    kind: EventType, source: str, target: str, version: int, actor: str = "keeper", **fields: str
) -> Event:
    return Event(f"{AT}-{version}", kind, "1-0", version, source, target, AT + version, actor, fields)


def test_a_placed_order_is_pending() -> None:
    placed = event(
        EventType.PLACED, "", "pending", 1, customer_id="c", product_id="p", quantity="1", price="2"
    )
    assert fold([placed]) == {"status": "pending", "version": "1", "created_at": seconds_of(AT + 1)}


def test_a_started_order_is_in_its_workers_hands() -> None:
    started = event(
        EventType.STARTED, "pending", "processing", 2, "worker:w-1", attempt="1", fence="9", deadline="99"
    )
    assert fold([started]) == {
        "status": "processing",
        "version": "2",
        "worker_id": "w-1",
        "started_at": seconds_of(AT + 2),
        "attempt": "1",
        "fence": "9",
        "deadline": "99",
    }


def test_a_completed_order_knows_how_long_it_took() -> None:
    done = event(EventType.COMPLETED, "processing", "completed", 3, "worker:w-1", processing_time="1203")
    folded = fold([done])
    assert (folded["processing_time"], folded["processed_at"]) == ("1.203", seconds_of(AT + 3))


def test_the_words_of_an_error_stay_in_the_event() -> None:
    failed = event(EventType.FAILED, "processing", "failed", 3, error="Timeout", text="long", reason="why")
    folded = fold([failed])
    assert folded["error"] == "Timeout"
    assert not {"text", "reason"} & set(folded)


def test_a_cancel_that_was_asked_names_who_asked() -> None:
    asked = event(EventType.CANCEL_ASKED, "processing", "processing", 3, "user:haruka")
    assert fold([asked])["cancel"] == "user:haruka"


def test_a_note_leaves_an_order_as_it_is_also_one_that_has_ended() -> None:
    done = event(EventType.COMPLETED, "processing", "completed", 3, "worker:w-1", processing_time="1203")
    noted = event(EventType.NOTED, "completed", "completed", 4, "user:haruka", text="paid")
    assert fold([done, noted]) == fold([done]) | {"version": "4"}


def test_a_retry_says_when_it_is_due() -> None:
    retried = event(EventType.RETRIED, "processing", "retrying", 3, next_attempt_at=str(AT))
    assert fold([retried])["next_attempt_at"] == seconds_of(AT)


@given(st.integers(0, 2**43))
def test_times_survive_the_way_into_seconds_and_back(at_ms: int) -> None:
    assert ms_of(seconds_of(at_ms)) == at_ms
