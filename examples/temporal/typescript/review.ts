// Has one text reviewed, and prints what became of it.
//
//     npx tsx review.ts ID TEXT
//
// Needs Temporal, `tracerail run --actors llm,router,task,sla,escalation,temporal`, and somebody who decides: `tracerail task list`.
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { fileURLToPath } from 'node:url';
import { contentAnalysis } from './workflows';

const address = process.env.TEMPORAL_ADDRESS ?? 'localhost:7233';
const tracerail = process.env.TRACERAIL_TASK_QUEUE ?? 'tracerail';
// The queue of this program's own workflows.
const taskQueue = 'content-analysis-typescript';

async function main(workflowId: string, text: string) {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address }),
    workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
    taskQueue,
  });
  const client = new Client({ connection: await Connection.connect({ address }) });
  const ended = await worker.runUntil(
    client.workflow.execute(contentAnalysis, { workflowId, taskQueue, args: [text, tracerail] }),
  );
  console.log(JSON.stringify(ended));
  process.exit(0);
}

const [id, text] = process.argv.slice(2);
if (!id || !text) {
  console.error('usage: npx tsx review.ts ID TEXT');
  process.exit(2);
}
await main(id, text);
