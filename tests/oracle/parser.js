// Microsoft's Kusto parser and binder (npm @kusto/language-service-next) on many texts.
//   node parser.js FOLDER TABLES.json < texts.jsonl > answers.jsonl
// FOLDER: of the npm package. TABLES.json: {table: [[column, type], ...]}. A text is a JSON string a line.
// An answer, a line for each: {errors: [[code, message, start, length]], tables: [name], columns: ["T.c"]}.
"use strict";
const fs = require("fs");
const path = require("path");
const readline = require("readline");

const [, , folder, tablesFile] = process.argv;
require(path.join(folder, "bridge.min.js"));
require(path.join(folder, "Kusto.Language.Bridge.min.js"));
const { Syntax, Symbols, GlobalState, KustoCode } = Kusto.Language;
const TYPES = {
  bool: "Bool", datetime: "DateTime", decimal: "Decimal", dynamic: "Dynamic", guid: "Guid", int: "Int",
  long: "Long", real: "Real", string: "String", timespan: "TimeSpan",
};
const list = (found) => (found == null ? [] : Array.isArray(found) ? found : Bridge.toArray(found));
const is = (found, type) => found != null && Bridge.is(found, type);

const tables = Object.entries(JSON.parse(fs.readFileSync(tablesFile, "utf8"))).map(([name, columns]) =>
  new Symbols.TableSymbol.$ctor4(name, columns.map(([column, type]) =>
    new Symbols.ColumnSymbol(column, Symbols.ScalarTypes[TYPES[type]], null, null, null, null))));
const globals = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor("workspace", tables));

function noteSymbol(symbol, seen) {
  if (is(symbol, Symbols.TableSymbol)) {
    if (globals.GetDatabase$2(symbol) != null) seen.tables.add(symbol.Name);
  } else if (is(symbol, Symbols.GroupSymbol)) {
    list(symbol.Members).forEach((one) => noteSymbol(one, seen));
  } else if (is(symbol, Symbols.ColumnSymbol)) {
    const table = globals.GetTable(symbol);
    if (table != null) seen.columns.add(`${table.Name}.${symbol.Name}`);
  }
}

// Bodies of the query's own functions are walked at each call: what they read is read there.
function walk(root, seen, depth) {
  const left = [root];
  while (left.length) {
    const node = left.pop();
    if (!is(node, Syntax.SyntaxNode)) continue;
    noteSymbol(node.ReferencedSymbol, seen);
    if (is(node.ResultType, Symbols.TableSymbol) || is(node.ResultType, Symbols.GroupSymbol)) {
      noteSymbol(node.ResultType, seen);
    }
    if (depth < 8 && node.GetCalledFunctionBody) {
      let body = null;
      try { body = node.GetCalledFunctionBody(); } catch (error) { seen.failed = String(error); }
      if (body) walk(body, seen, depth + 1);
    }
    for (let index = 0; index < node.ChildCount; index += 1) left.push(node.GetChild(index));
  }
}

function answer(kql) {
  let code;
  try {
    code = KustoCode.ParseAndAnalyze(kql, globals);
  } catch (error) {  // The binder has faults of its own, in graph-match for one.
    return { errors: [["FAULT", String(error), 0, 0]], tables: [], columns: [] };
  }
  const seen = { tables: new Set(), columns: new Set() };
  walk(code.Syntax, seen, 0);
  const errors = list(code.GetDiagnostics()).filter((one) => one.Severity === "Error")
    .map((one) => [one.Code, one.Message, one.Start, one.Length]);
  return { errors, tables: [...seen.tables], columns: [...seen.columns] };
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    if (line) process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`);
  }
})();
