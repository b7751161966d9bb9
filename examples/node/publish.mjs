// Publishes content to TraceRail: `content.submitted`, as MessagePack or JSON.
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { encode } from "@msgpack/msgpack";
import { jetstream } from "@nats-io/jetstream";
import { connect, headers } from "@nats-io/transport-node";

const HELP = `Publishes content to TraceRail: content.submitted, as MessagePack or JSON.

  NATS_URL=nats://127.0.0.1:4222 node publish.mjs --id ticket-1 "The grinder is broken. I want my 250 EUR back."

NATS_USER and NATS_PASSWORD log in; the user "publisher" may do this and nothing else.

  --id ID                  your id for it (default: a new one)
  --source NAME            who sends it (default: node)
  --json                   send JSON instead of MessagePack
  --count N                send N items: ID-1 to ID-N
  --subject-prefix PREFIX  with a dot at its end, where the installation has one`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: "boolean", short: "h" },
    id: { type: "string", default: randomUUID() },
    source: { type: "string", default: "node" },
    json: { type: "boolean", default: false },
    count: { type: "string", default: "1" },
    "subject-prefix": { type: "string", default: "" },
  },
});
if (options.help || positionals.length !== 1) {
  console.log(HELP);
  process.exit(options.help ? 0 : 2);
}

const { NATS_URL = "nats://127.0.0.1:4222", NATS_USER, NATS_PASSWORD } = process.env;
const connection = await connect({
  servers: NATS_URL,
  user: NATS_USER,
  pass: NATS_PASSWORD,
  // Each user has an inbox of its own, so that nobody can read another's answers.
  inboxPrefix: NATS_USER ? `_INBOX_${NATS_USER}` : "_INBOX",
});
const stream = jetstream(connection);
const count = Number(options.count);

for (let number = 1; number <= count; number++) {
  const id = count === 1 ? options.id : `${options.id}-${number}`;
  const body = { source: options.source, id, content: positionals[0], metadata: { kind: "ticket" } };
  const attributes = headers();
  attributes.set("content-type", options.json ? "application/json" : "application/vnd.msgpack");
  // The id makes a repetition harmless: NATS drops it for a while, and TraceRail knows it for ever.
  attributes.set("Nats-Msg-Id", `${options.source}/${id}`);
  const payload = options.json ? JSON.stringify(body) : encode(body);
  // Resolves when the server has stored it. Without an answer: publish the same again.
  await stream.publish(`${options["subject-prefix"]}content.submitted`, payload, { headers: attributes });
  console.log(id);
}
await connection.close();
