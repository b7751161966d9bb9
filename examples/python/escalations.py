"""Listens for escalated tasks: a durable consumer of `task.escalated` that checks, dedupes and acknowledges.

    NATS_URL=nats://127.0.0.1:4222 python escalations.py

NATS_USER and NATS_PASSWORD log in; the user `subscriber` may do this and nothing else. Start it twice and the two share the
work; stop it and it goes on where it was.
"""

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path

import msgpack
import nats
from jsonschema import Draft202012Validator
from nats.js.api import AckPolicy, ConsumerConfig

SCHEMA = Path(__file__).parents[2] / "schemas/json/task.escalated.schema.json"


async def main() -> None:
    args = arguments()
    validator = Draft202012Validator(json.loads(args.schema.read_text()))
    user = os.environ.get("NATS_USER")
    connection = await nats.connect(
        os.environ.get("NATS_URL", "nats://127.0.0.1:4222"),
        user=user,
        password=os.environ.get("NATS_PASSWORD"),
        # Each user has an inbox of its own, so that nobody can read another's answers.
        inbox_prefix=f"_INBOX_{user}" if user else "_INBOX",
    )
    subscription = await connection.jetstream().pull_subscribe(
        args.subject_prefix + "task.escalated",
        durable=args.durable,
        stream=args.stream,
        config=ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, ack_wait=30),
    )
    # A delivery can come twice. Keep these ids where your effect is kept, and in the same transaction.
    handled: set[str] = set()
    while args.count is None or len(handled) < args.count:
        try:
            messages = await subscription.fetch(batch=1, timeout=30)
        except nats.errors.TimeoutError:
            continue
        for message in messages:
            await handle(message, validator, handled)
    await connection.close()


async def handle(message, validator: Draft202012Validator, handled: set[str]) -> None:
    event_id = message.headers["ce-id"]
    event = msgpack.unpackb(message.data)
    problem = next(validator.iter_errors(event), None)
    if problem is not None:
        # Perhaps a newer TraceRail wrote it. It stays in the stream, for a newer version of this program.
        print(f"{event_id} is not understood: {problem.json_path}: {problem.message}", file=sys.stderr)
        await message.nak(delay=60)
        return
    if event_id not in handled:
        act(event_id, event)
        handled.add(event_id)
    # Only now: had this process died before, the event would come again. The server confirms it.
    await message.ack_sync()


def act(event_id: str, event: dict) -> None:
    """What you do about it. Here: a line of JSON."""
    detail = event["detail"]
    told = detail.get("notify_users", []) + detail.get("notify_groups", [])
    line = {"id": event_id, "task": event["task_id"], "level": detail["level"], "reason": detail["reason"], "tell": told}
    print(json.dumps(line), flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--durable", default="escalations-python", help="the consumer's name (default: %(default)s)")
    parser.add_argument("--stream", default="task_events", help="the stream (default: %(default)s)")
    parser.add_argument("--count", type=int, metavar="N", help="end after N events (default: never)")
    parser.add_argument("--schema", type=Path, default=SCHEMA, help="the JSON Schema (default: the checked-in one)")
    parser.add_argument("--subject-prefix", default="", help="with a dot at its end, where the installation has one")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main())
