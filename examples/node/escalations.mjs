// Listens for escalated tasks: a durable consumer of `task.escalated` that checks, dedupes and acknowledges.
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { decode } from "@msgpack/msgpack";
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import Ajv from "ajv/dist/2020.js";

const HELP = `Listens for escalated tasks: a durable consumer of task.escalated that checks, dedupes and acknowledges.

  NATS_URL=nats://127.0.0.1:4222 node escalations.mjs

NATS_USER and NATS_PASSWORD log in; the user "subscriber" may do this and nothing else. Start it twice and the two share the
work; stop it and it goes on where it was.

  --durable NAME           the consumer's name (default: escalations-node)
  --stream NAME            the stream (default: task_events)
  --count N                end after N events (default: never)
  --schema FILE            the JSON Schema (default: the checked-in one)
  --subject-prefix PREFIX  with a dot at its end, where the installation has one`;

const { values: options } = parseArgs({
  options: {
    help: { type: "boolean", short: "h" },
    durable: { type: "string", default: "escalations-node" },
    stream: { type: "string", default: "task_events" },
    count: { type: "string", default: "Infinity" },
    schema: { type: "string" },
    "subject-prefix": { type: "string", default: "" },
  },
});
if (options.help) {
  console.log(HELP);
  process.exit(0);
}

const file = options.schema ?? new URL("../../schemas/json/task.escalated.schema.json", import.meta.url);
// The schemas have a pattern wherever they have a format, so formats need not be checked again.
const ajv = new Ajv({ allowUnionTypes: true, validateFormats: false });
const fits = ajv.compile(JSON.parse(await readFile(file, "utf8")));

const { NATS_URL = "nats://127.0.0.1:4222", NATS_USER, NATS_PASSWORD } = process.env;
const connection = await connect({
  servers: NATS_URL,
  user: NATS_USER,
  pass: NATS_PASSWORD,
  // Each user has an inbox of its own, so that nobody can read another's answers.
  inboxPrefix: NATS_USER ? `_INBOX_${NATS_USER}` : "_INBOX",
});
const manager = await jetstreamManager(connection, { checkAPI: false });
await manager.consumers.add(options.stream, {
  durable_name: options.durable,
  filter_subject: `${options["subject-prefix"]}task.escalated`,
  ack_policy: AckPolicy.Explicit,
  ack_wait: 30_000_000_000, // nanoseconds
});
const consumer = await jetstream(connection).consumers.get(options.stream, options.durable);

// A delivery can come twice. Keep these ids where your effect is kept, and in the same transaction.
const handled = new Set();
const count = Number(options.count);

while (handled.size < count) {
  const message = await consumer.next({ expires: 30_000 });
  if (message) await handle(message);
}
await connection.close();

async function handle(message) {
  const id = message.headers.get("ce-id");
  // Integers beyond 2^53 lose digits here; there are none but in metadata of your own.
  const event = decode(message.data);
  if (!fits(event)) {
    // Perhaps a newer TraceRail wrote it. It stays in the stream, for a newer version of this program.
    console.error(`${id} is not understood: ${ajv.errorsText(fits.errors, { dataVar: "event" })}`);
    message.nak(60_000);
    return;
  }
  if (!handled.has(id)) {
    act(id, event);
    handled.add(id);
  }
  // Only now: had this process died before, the event would come again. The server confirms it.
  await message.ackAck();
}

/** What you do about it. Here: a line of JSON. */
function act(id, { task_id, detail }) {
  const tell = [...(detail.notify_users ?? []), ...(detail.notify_groups ?? [])];
  console.log(JSON.stringify({ id, task: task_id, level: detail.level, reason: detail.reason, tell }));
}
