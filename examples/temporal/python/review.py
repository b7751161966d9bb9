"""Has one text reviewed, and prints what became of it.

    python review.py ID TEXT

Needs Temporal, `tracerail run --actors llm,router,task,sla,escalation,temporal`, and somebody who decides: `tracerail task list`.
"""

import asyncio
import json
import os
import sys

from temporalio.client import Client
from temporalio.worker import Worker

from workflows import ContentAnalysisWorkflow

# The queue of this program's own workflows.
QUEUE = "content-analysis-python"


async def main(workflow_id: str, text: str) -> None:
    client = await Client.connect(os.environ.get("TEMPORAL_ADDRESS", "localhost:7233"))
    async with Worker(client, task_queue=QUEUE, workflows=[ContentAnalysisWorkflow]):
        ended = await client.execute_workflow(
            ContentAnalysisWorkflow.run, text, id=workflow_id, task_queue=QUEUE
        )
    print(json.dumps(ended))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    asyncio.run(main(sys.argv[1], sys.argv[2]))
