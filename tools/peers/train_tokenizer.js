// A byte-level BPE trained by Hugging Face's trainer on all cores, to be set beside `lab tokenizer train` (docs/tokenizers.md):
//
//   NODE_PATH=FOLDER/node_modules node tools/peers/train_tokenizer.js OUT.json FILE...
//
// FOLDER is where "npm install tokenizers" was run. That package trains a vocabulary of 30,000 and no other. Prints seconds, of the wall and of
// the processor, and tokens.
const { Tokenizer, BPE, byteLevelPreTokenizer } = require('tokenizers');

const [out, ...files] = process.argv.slice(2);
const tokenizer = new Tokenizer(BPE.empty());
tokenizer.setPreTokenizer(byteLevelPreTokenizer(false));
const [began, used] = [process.hrtime.bigint(), process.cpuUsage()];
tokenizer.train(files);
const spent = process.cpuUsage(used);
console.log(Number(process.hrtime.bigint() - began) / 1e9, (spent.user + spent.system) / 1e6, tokenizer.getVocabSize());
tokenizer.save(out);
