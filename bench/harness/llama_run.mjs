// One answer by llama.cpp, prefill and decode timed apart, as one JSON object a run.
// usage: node llama_run.mjs MODEL.gguf PROMPT.txt NEW_TOKENS THREADS  (first run warms up)
import {readFileSync} from "node:fs";
import {getLlama, LlamaLogLevel} from "node-llama-cpp";

const [path, prompt, wanted, threads] = process.argv.slice(2);
const llama = await getLlama({
  gpu: false, build: "never", maxThreads: Number(threads), logLevel: LlamaLogLevel.error,
});
const model = await llama.loadModel({modelPath: path});
const tokens = model.tokenize(readFileSync(prompt, "utf8"));
const context = await model.createContext({
  contextSize: tokens.length + Number(wanted) + 8, batchSize: tokens.length, threads: Number(threads),
});
const sequence = context.getSequence();
for (let run = 0; run < 2; ++run) {
  await sequence.clearHistory();
  const begin = performance.now();
  let first = begin;
  const said = [];
  for await (const token of sequence.evaluate(tokens, {temperature: 0})) {
    if (said.length === 0) first = performance.now();
    if (model.isEogToken(token)) break;
    said.push(token);
    if (said.length >= Number(wanted)) break;
  }
  console.log(JSON.stringify({
    prompt_tokens: tokens.length, ids: said, prompt_seconds: (first - begin) / 1e3,
    answer_seconds: (performance.now() - first) / 1e3,
  }));
}
process.exit(0);
