// A workflow of one's own: a model looks at content first, then the rules, and where these say so a person decides.
// Model, rules, task and deadlines are TraceRail's; the workflow only says what follows what.
import { executeChild, proxyActivities, workflowInfo } from '@temporalio/workflow';

interface Analysis {
  verdict: object;
  provider: string;
}
interface Route {
  decision: 'auto' | 'human' | 'escalate' | 'reject';
}
interface Ending {
  task_id: string;
  outcome: 'approved' | 'rejected' | 'cancelled' | 'expired';
  decided_by: { id: string } | null;
  comments: string | null;
}
interface Steps {
  process_with_llm(content: { content: string }): Promise<Analysis>;
  route_decision(question: { content: string; analysis: Analysis }): Promise<Route>;
}

// `tracerail` is TraceRail's task queue: `temporal.task_queue`, behind `nats.subject_prefix` where there is one.
export async function contentAnalysis(content: string, tracerail: string) {
  const steps = proxyActivities<Steps>({ taskQueue: tracerail, startToCloseTimeout: '5 minutes' });
  const analysis = await steps.process_with_llm({ content });
  const route = await steps.route_decision({ content, analysis });
  if (route.decision === 'auto' || route.decision === 'reject') {
    return { outcome: route.decision, decided_by: 'rules', analysis };
  }

  // Opens the task. Where nobody decides in time TraceRail escalates it and waits on, as its policy says.
  const human: Ending = await executeChild('WaitForHumanDecision', {
    args: [{ content, analysis, route, timeout_hours: 24 }],
    workflowId: `${workflowInfo().workflowId}-human`,
    taskQueue: tracerail,
    // If this workflow ends otherwise, nobody has to decide any more.
    parentClosePolicy: 'REQUEST_CANCEL',
  });
  return { outcome: human.outcome, decided_by: human.decided_by?.id ?? null, comments: human.comments, analysis };
}
