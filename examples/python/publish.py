"""Publishes content to TraceRail: `content.submitted`, as MessagePack or JSON.

    NATS_URL=nats://127.0.0.1:4222 python publish.py --id ticket-1 "The grinder is broken. I want my 250 EUR back."

NATS_USER and NATS_PASSWORD log in; the user `publisher` may do this and nothing else.
"""

import argparse
import asyncio
import json
import os
import uuid

import msgpack
import nats

ENCODINGS = {
    "msgpack": ("application/vnd.msgpack", msgpack.packb),
    "json": ("application/json", lambda body: json.dumps(body).encode()),
}


async def main() -> None:
    args = arguments()
    content_type, encode = ENCODINGS["json" if args.json else "msgpack"]
    user = os.environ.get("NATS_USER")
    connection = await nats.connect(
        os.environ.get("NATS_URL", "nats://127.0.0.1:4222"),
        user=user,
        password=os.environ.get("NATS_PASSWORD"),
        # Each user has an inbox of its own, so that nobody can read another's answers.
        inbox_prefix=f"_INBOX_{user}" if user else "_INBOX",
    )
    jetstream = connection.jetstream()
    for number in range(1, args.count + 1):
        name = args.id if args.count == 1 else f"{args.id}-{number}"
        body = {"source": args.source, "id": name, "content": args.content, "metadata": {"kind": "ticket"}}
        # The id makes a repetition harmless: NATS drops it for a while, and TraceRail knows it for ever.
        headers = {"content-type": content_type, "Nats-Msg-Id": f"{args.source}/{name}"}
        # Returns when the server has stored it. Without an answer: publish the same again.
        await jetstream.publish(args.subject_prefix + "content.submitted", encode(body), headers=headers)
        print(name, flush=True)
    await connection.close()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("content", help="the text")
    parser.add_argument("--id", default=str(uuid.uuid4()), help="your id for it (default: a new one)")
    parser.add_argument("--source", default="python", help="who sends it (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="send JSON instead of MessagePack")
    parser.add_argument("--count", type=int, default=1, metavar="N", help="send N items: ID-1 to ID-N")
    parser.add_argument("--subject-prefix", default="", help="with a dot at its end, where the installation has one")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main())
