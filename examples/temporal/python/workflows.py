"""A workflow of one's own: a model looks at content first, then the rules, and where these say so a person decides.

Model, rules, task and deadlines are TraceRail's; the workflow only says what follows what.
"""

import os
from datetime import timedelta
from typing import Any

from temporalio import workflow

# TraceRail's task queue: `temporal.task_queue`, behind `nats.subject_prefix` where there is one.
TRACERAIL = os.environ.get("TRACERAIL_TASK_QUEUE", "tracerail")


@workflow.defn
class ContentAnalysisWorkflow:
    @workflow.run
    async def run(self, content: str) -> dict[str, Any]:
        analysis = await self.step("process_with_llm", {"content": content}, timedelta(minutes=5))
        question = {"content": content, "analysis": analysis}
        route = await self.step("route_decision", question, timedelta(seconds=30))
        if route["decision"] in ("auto", "reject"):
            return {"outcome": route["decision"], "decided_by": "rules", "analysis": analysis}

        # Opens the task. Where nobody decides in time TraceRail escalates it and waits on, as its policy says.
        human = await workflow.execute_child_workflow(
            "WaitForHumanDecision",
            {**question, "route": route, "timeout_hours": 24},
            id=f"{workflow.info().workflow_id}-human",
            task_queue=TRACERAIL,
            # If this workflow ends otherwise, nobody has to decide any more.
            parent_close_policy=workflow.ParentClosePolicy.REQUEST_CANCEL,
        )
        return {
            "outcome": human["outcome"],
            "decided_by": (human["decided_by"] or {}).get("id"),
            "comments": human["comments"],
            "analysis": analysis,
        }

    async def step(self, name: str, asked: dict[str, Any], within: timedelta) -> dict[str, Any]:
        return await workflow.execute_activity(
            name, asked, task_queue=TRACERAIL, start_to_close_timeout=within
        )
