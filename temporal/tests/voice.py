"""Speaks to workflows as its input tells it, a line of JSON each, and prints what came of it.

{"workflow": "ID", "signal": "NAME", "args": [...]} or {"workflow": "ID", "query": "NAME", "args": [...]}
"""

import asyncio
import json
import os
import sys

from temporalio.client import Client


async def answer(client: Client, line: str) -> dict:
    said = json.loads(line)
    workflow = client.get_workflow_handle(said["workflow"])
    try:
        if "signal" in said:
            return {"answer": await workflow.signal(said["signal"], args=said["args"])}
        return {"answer": await workflow.query(said["query"], args=said["args"])}
    except Exception as error:
        return {"error": str(error)}


async def main() -> None:
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"])
    for line in sys.stdin:
        print(json.dumps(await answer(client, line)), flush=True)


asyncio.run(main())
