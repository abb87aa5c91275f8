"""Where each partition is read on: the lake says it, and the broker must still have it.

The lake's marks are `topic/partition` (the next offset) and `topic/id` (63 bits of the topic's UUID). What the broker
lost before it was read is told and never skipped.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping

from taquilla.errors import DataError
from taquilla.lake import LakeTable
from taquilla.sources.kafka import TopicFacts

GO_ON = "To go on with what there is: taquilla consume --reset"

log = logging.getLogger(__name__)


def stream(topic: str, partition: int) -> str:
    """What a partition's position is noted under."""
    return f"{topic}/{partition}"


def id_mark(topic: str) -> str:
    """What the topic's identity is noted under."""
    return f"{topic}/id"


def landed_positions(raw: LakeTable, topic: str, partitions: Iterable[int]) -> dict[int, int | None]:
    """The next offset of each partition as the lake has it; None: not begun."""
    if not raw.exists():
        return dict.fromkeys(partitions)
    handle = raw.open()
    return {partition: handle.transaction_version(stream(topic, partition)) for partition in partitions}


def begin_positions(raw: LakeTable, facts: TopicFacts, partitions: Iterable[int] | None = None) -> dict[int, int]:
    """Where to read each partition on: where the lake ended, else at the oldest message that is there.

    DataError: the broker has lost what the lake has not read, or this is another topic of the same name.
    """
    check_identity(raw, facts.topic, facts.topic_id)
    wanted = list(facts.watermarks if partitions is None else partitions)
    landed = landed_positions(raw, facts.topic, wanted)
    if lost := "; ".join(_losses(facts, landed)):
        raise DataError(f"Topic {facts.topic}: {lost}. Nothing was skipped. {GO_ON}")
    return {partition: _begin(facts, partition, landed[partition]) for partition in wanted}


def _begin(facts: TopicFacts, partition: int, landed: int | None) -> int:
    low = facts.watermarks[partition][0] if partition in facts.watermarks else 0
    if landed is None and low > 0:
        log.warning(
            "Partition %d of %s is read for the first time and begins at offset %d: older messages are gone.",
            partition,
            facts.topic,
            low,
        )
    return low if landed is None else landed


def _losses(facts: TopicFacts, landed: Mapping[int, int | None]) -> Iterator[str]:
    for partition, position in landed.items():
        if position is None:
            continue
        if partition not in facts.watermarks:
            yield f"partition {partition} is gone; the lake has read it up to offset {position:,}"
            continue
        low, high = facts.watermarks[partition]
        if position < low:
            yield (
                f"{low - position:,} messages of partition {partition} were deleted before they were read "
                f"(offsets {position:,} to {low - 1:,})"
            )
        elif position > high:
            yield f"partition {partition} ends at offset {high:,}, and the lake has read it up to {position:,}"


def check_identity(raw: LakeTable, topic: str, topic_id: int | None) -> None:
    """DataError: the lake has read another topic of this name."""
    noted = raw.mark(id_mark(topic))
    if None not in (noted, topic_id) and noted != topic_id:
        raise DataError(
            f"Topic {topic} is not the one that the lake has read: it was deleted and made anew, or this is another "
            f"broker. What the old one had and was not read is lost. Nothing was skipped. {GO_ON}"
        )


def note_identity(raw: LakeTable, topic: str, topic_id: int | None) -> None:
    """Note which topic is read, unless the lake knows."""
    if topic_id is not None and raw.mark(id_mark(topic)) is None:
        raw.note({id_mark(topic): topic_id})


def reset_positions(raw: LakeTable, facts: TopicFacts) -> dict[int, int]:
    """Note a new beginning for the partitions that cannot be read on: the oldest message that is there.

    All of them where the topic is another one; those that can be read on stay where they are. What was moved.
    """
    landed = landed_positions(raw, facts.topic, facts.watermarks)
    is_other = facts.topic_id is not None and raw.mark(id_mark(facts.topic)) not in (None, facts.topic_id)
    moved = {
        partition: low
        for partition, (low, high) in facts.watermarks.items()
        if (position := landed[partition]) is not None and (is_other or not low <= position <= high)
    }
    marks = {stream(facts.topic, partition): low for partition, low in moved.items()}
    if facts.topic_id is not None:
        marks[id_mark(facts.topic)] = facts.topic_id
    if marks:
        raw.note(marks)
    return moved
