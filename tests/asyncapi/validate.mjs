// Validates an AsyncAPI document with the official parser and its examples with ajv (the parser leaves those of version 3
// alone); then breaks it in three ways, each of which has to be noticed, so that silence means something.
import { readFile } from "node:fs/promises";
import { Parser } from "@asyncapi/parser";
import Ajv from "ajv";
import formats from "ajv-formats";

const WARNING = 1;
const [path] = process.argv.slice(2);
const text = await readFile(path, "utf8");

/** What the parser says, and the messages with all references resolved. */
async function parse(source) {
  const { document, diagnostics } = await new Parser().parse(source);
  const problems = diagnostics
    .filter((diagnostic) => diagnostic.severity <= WARNING)
    .map((diagnostic) => `${diagnostic.path.join("/")}: ${diagnostic.message}`);
  return { problems, messages: document?.json().components.messages };
}

/** Every example of every message against the schemas of its headers and its payload. */
function misfits(messages) {
  const ajv = formats(new Ajv({ strict: false }));
  return Object.entries(messages).flatMap(([name, message]) =>
    message.examples.flatMap((example) =>
      ["headers", "payload"]
        .filter((part) => message[part] && !ajv.validate(message[part], example[part]))
        .map((part) => `the example of ${name}: ${ajv.errorsText(ajv.errors, { dataVar: part })}`),
    ),
  );
}

function refuse(why) {
  console.error(why);
  process.exit(1);
}

const { problems, messages } = await parse(text);
const found = [...problems, ...(messages ? misfits(messages) : [])];
if (found.length > 0) refuse(`${path} is not valid:\n${found.join("\n")}`);

const loose = text.replace('"#/components/schemas/task.escalated"', '"#/components/schemas/nowhere"');
if ((await parse(loose)).problems.length === 0) refuse("a reference that leads nowhere was not noticed");

const example = messages["task.escalated"].examples[0];
const level = example.payload.detail.level;
example.payload.detail.level = "one";
if (misfits(messages).length !== 1) refuse("a body that does not fit its schema was not noticed");
example.payload.detail.level = level;
delete example.headers["ce-id"];
if (misfits(messages).length !== 1) refuse("headers that do not fit theirs were not noticed");

console.log(`${path} is valid: ${Object.keys(messages).length} messages; three planted defects were noticed`);
