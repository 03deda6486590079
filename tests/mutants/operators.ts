/**
 * The changes that a mutation test makes: each operator stands for a fault that people make, and
 * gives for a node of the syntax tree what may stand in its place.
 *
 * @module
 */
import ts from "typescript";

/** Another text for a node, or for a part of it. */
export interface Change {
  /** What is replaced. */
  node: ts.Node | { start: number; end: number };
  /** What stands there instead. */
  replacement: string;
}

/** An operator: the changes that it makes of a node, none when it is not about such nodes. */
export type Operator = (node: ts.Node, text: (node: ts.Node) => string) => readonly Change[];

const K = ts.SyntaxKind;

/** Comparisons that differ from these only where both sides are equal. */
const boundaries: Partial<Record<ts.SyntaxKind, string>> = {
  [K.LessThanToken]: "<=",
  [K.LessThanEqualsToken]: "<",
  [K.GreaterThanToken]: ">=",
  [K.GreaterThanEqualsToken]: ">",
};

const opposites: Partial<Record<ts.SyntaxKind, string>> = {
  [K.LessThanToken]: ">=",
  [K.LessThanEqualsToken]: ">",
  [K.GreaterThanToken]: "<=",
  [K.GreaterThanEqualsToken]: "<",
  [K.EqualsEqualsEqualsToken]: "!==",
  [K.ExclamationEqualsEqualsToken]: "===",
};

const otherArithmetic: Partial<Record<ts.SyntaxKind, string>> = {
  [K.MinusToken]: "+",
  [K.AsteriskToken]: "/",
  [K.SlashToken]: "*",
  [K.PercentToken]: "*",
  [K.PlusEqualsToken]: "-=",
  [K.MinusEqualsToken]: "+=",
  [K.BarToken]: "&",
  [K.AmpersandToken]: "|",
  [K.LessThanLessThanToken]: ">>",
};

const siblings: Readonly<Record<string, string>> = {
  every: "some",
  some: "every",
  startsWith: "endsWith",
  endsWith: "startsWith",
  min: "max",
  max: "min",
  floor: "ceil",
  ceil: "floor",
  race: "all",
  all: "race",
  indexOf: "lastIndexOf",
  lastIndexOf: "indexOf",
  push: "unshift",
  shift: "pop",
};

/** Methods whose result is much like what they are called on. */
const refinements = new Set(
  ("filter slice trim trimEnd trimStart toLowerCase toUpperCase sort toSorted reverse concat " +
    "replaceAll replace normalize subarray finally").split(" "),
);

/** What ends, forgets or lets go of something. */
const endings =
  /^(?:close|stop|end|abort|clear\w*|cancel|delete|release\w*|dispose\w*|unref|kill|reset|remove\w*|shutdown|leave|destroy|lift|drop\w*|finish)$/;

const throwsOnly = (node: ts.Statement): boolean =>
  ts.isThrowStatement(node) ||
  ts.isBlock(node) && node.statements.length > 0 &&
    ts.isThrowStatement(node.statements[node.statements.length - 1]!);

const leavesOnly = (node: ts.Statement): boolean =>
  ts.isReturnStatement(node) || ts.isContinueStatement(node) || ts.isBreakStatement(node) ||
  ts.isBlock(node) && node.statements.length > 0 &&
    leavesOnly(node.statements[node.statements.length - 1]!);

function calledMethod(node: ts.Node): string | undefined {
  const call = ts.isAwaitExpression(node) ? node.expression : node;
  if (!ts.isCallExpression(call)) return undefined;
  const { expression } = call;
  if (ts.isPropertyAccessExpression(expression)) return expression.name.text;
  if (ts.isIdentifier(expression)) return expression.text;
}

/** Lines of the log that only developers read: what they say is no promise. */
const isDebugLog = (node: ts.Node): boolean => /^(?:debug|trace)$/.test(calledMethod(node) ?? "");

const isText = (node: ts.Node): boolean =>
  ts.isStringLiteralLike(node) || ts.isTemplateExpression(node) ||
  ts.isBinaryExpression(node) && (isText(node.left) || isText(node.right)) ||
  ts.isParenthesizedExpression(node) && isText(node.expression);

/** Where a text is compared or looked up, and not shown to a person. */
function isCompared(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isBinaryExpression(parent)) {
    return [K.EqualsEqualsEqualsToken, K.ExclamationEqualsEqualsToken, K.InKeyword]
      .includes(parent.operatorToken.kind);
  }
  if (ts.isCaseClause(parent) || ts.isElementAccessExpression(parent)) return true;
  return ts.isCallExpression(parent) && parent.arguments[0] === node &&
    /^(?:get|set|has|delete|append|includes|startsWith|endsWith|split|addEventListener)$/
      .test(calledMethod(parent) ?? "");
}

const isHeaderName = (name: string): boolean =>
  /^(?:accept|authorization|content-\w+|mcp-[\w-]+|last-event-id|cache-control|location|dpop|cookie|set-cookie|retry-after|www-authenticate|user-agent|referrer-policy|x-[\w-]+|host|date|connection|allow|via|server|proxy-[\w-]+|strict-transport-security)$/i
    .test(name);

/** All operators by name. */
export const operators: Readonly<Record<string, Operator>> = {
  boundary(node) {
    if (!ts.isBinaryExpression(node)) return [];
    const other = boundaries[node.operatorToken.kind];
    return other ? [{ node: node.operatorToken, replacement: other }] : [];
  },
  comparison(node) {
    if (!ts.isBinaryExpression(node)) return [];
    const other = opposites[node.operatorToken.kind];
    return other ? [{ node: node.operatorToken, replacement: other }] : [];
  },
  "and-or"(node, text) {
    if (!ts.isBinaryExpression(node)) return [];
    const { kind } = node.operatorToken;
    if (kind !== K.AmpersandAmpersandToken && kind !== K.BarBarToken) return [];
    // Each side alone: either could have been forgotten.
    return [
      { node, replacement: text(node.left) },
      { node, replacement: text(node.right) },
    ];
  },
  negation(node, text) {
    if (ts.isPrefixUnaryExpression(node) && node.operator === K.ExclamationToken) {
      return [{ node, replacement: `(${text(node.operand)})` }];
    }
    if (ts.isIfStatement(node) || ts.isWhileStatement(node)) {
      return [{ node: node.expression, replacement: `!(${text(node.expression)})` }];
    }
    if (ts.isConditionalExpression(node)) {
      return [{ node: node.condition, replacement: `!(${text(node.condition)})` }];
    }
    return [];
  },
  "always true"(node) {
    if (!ts.isIfStatement(node)) return [];
    return [{ node: node.expression, replacement: "true" }];
  },
  "dropped check"(node) {
    if (!ts.isIfStatement(node) || node.elseStatement || !throwsOnly(node.thenStatement)) return [];
    return [{ node, replacement: "" }];
  },
  "dropped early return"(node) {
    if (!ts.isIfStatement(node) || node.elseStatement || !leavesOnly(node.thenStatement)) return [];
    return [{ node, replacement: "" }];
  },
  "dropped branch"(node) {
    if (!ts.isIfStatement(node)) return [];
    if (!node.elseStatement && (throwsOnly(node.thenStatement) || leavesOnly(node.thenStatement))) {
      return [];
    }
    return [{ node: node.expression, replacement: "false" }];
  },
  "dropped close"(node) {
    if (!ts.isExpressionStatement(node)) return [];
    return endings.test(calledMethod(node.expression) ?? "") ? [{ node, replacement: ";" }] : [];
  },
  "dropped statement"(node) {
    if (!ts.isExpressionStatement(node)) return [];
    if (endings.test(calledMethod(node.expression) ?? "") || isDebugLog(node.expression)) return [];
    if (
      ts.isCallExpression(node.expression) && node.expression.expression.kind === K.SuperKeyword
    ) {
      return [];
    }
    return [{ node, replacement: ";" }];
  },
  "dropped await"(node, text) {
    if (!ts.isAwaitExpression(node)) return [];
    // What is used of the result needs it; only where it is waited for and no more can it be missed.
    const used = !ts.isExpressionStatement(node.parent);
    return used ? [] : [{ node, replacement: text(node.expression) }];
  },
  "dropped using"(node) {
    if (!ts.isVariableDeclarationList(node)) return [];
    const [match] = /^(?:await )?using/.exec(node.getText()) ?? [];
    if (!match) return [];
    const start = node.getStart();
    return [{ node: { start, end: start + match.length }, replacement: "const" }];
  },
  "dropped finally"(node) {
    return ts.isTryStatement(node) && node.finallyBlock
      ? [{ node: node.finallyBlock, replacement: "{}" }]
      : [];
  },
  "not caught"(node, text) {
    if (ts.isCatchClause(node)) {
      return [{ node, replacement: "catch (uncaught) { throw uncaught; }" }];
    }
    if (!ts.isCallExpression(node) || calledMethod(node) !== "catch") return [];
    if (!ts.isPropertyAccessExpression(node.expression)) return [];
    return [{ node, replacement: text(node.expression.expression) }];
  },
  constant(node) {
    if (!ts.isNumericLiteral(node)) return [];
    const value = Number(node.text);
    if (value === 0) return [{ node, replacement: "1" }];
    if (value === 1) return [{ node, replacement: "0" }, { node, replacement: "2" }];
    if (value < 10) return [{ node, replacement: String(value + 1) }];
    return [
      { node, replacement: String(value * 10) },
      { node, replacement: String(Math.ceil(value / 10)) },
    ];
  },
  boolean(node) {
    if (node.kind === K.TrueKeyword) return [{ node, replacement: "false" }];
    if (node.kind === K.FalseKeyword) return [{ node, replacement: "true" }];
    return [];
  },
  "default"(node, text) {
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === K.QuestionQuestionToken) {
      return [{ node, replacement: `(${text(node.left)})!` }];
    }
    if ((ts.isParameter(node) || ts.isBindingElement(node)) && node.initializer) {
      return [{
        node: { start: node.name.getEnd(), end: node.initializer.getEnd() },
        replacement: ts.isParameter(node) && node.type ? `: ${text(node.type)}` : "",
      }];
    }
    return [];
  },
  arithmetic(node) {
    if (!ts.isBinaryExpression(node)) return [];
    const { kind } = node.operatorToken;
    if (kind === K.PlusToken) {
      return isText(node) || ts.isBinaryExpression(node.parent) && isText(node.parent)
        ? []
        : [{ node: node.operatorToken, replacement: "-" }];
    }
    if (kind === K.PlusEqualsToken && isText(node.right)) return [];
    const other = otherArithmetic[kind];
    return other ? [{ node: node.operatorToken, replacement: other }] : [];
  },
  step(node, text) {
    const isStep = ts.isPostfixUnaryExpression(node) ||
      ts.isPrefixUnaryExpression(node) &&
        (node.operator === K.PlusPlusToken || node.operator === K.MinusMinusToken);
    if (!isStep) return [];
    const whole = text(node);
    return [{
      node,
      replacement: whole.includes("++") ? whole.replace("++", "--") : whole.replace("--", "++"),
    }];
  },
  "compared text"(node) {
    if (!ts.isStringLiteralLike(node) || node.text === "" || !isCompared(node)) return [];
    if (isHeaderName(node.text)) return [];
    return [{ node, replacement: `"other${node.text.length}"` }];
  },
  "header field"(node, text) {
    if (ts.isStringLiteralLike(node) && isHeaderName(node.text)) {
      if (ts.isPropertyAssignment(node.parent) && node.parent.name === node) {
        return [{ node: node.parent, replacement: "...{}" }];
      }
      return isCompared(node) ? [{ node, replacement: `"x-other-${node.text}"` }] : [];
    }
    if (
      ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) &&
      isHeaderName(node.name.text) && /[Hh]eaders/.test(text(node.parent.parent).slice(0, 40))
    ) {
      return [{ node, replacement: "...{}" }];
    }
    return [];
  },
  "dropped member"(node) {
    const isMember = ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node) ||
      ts.isSpreadAssignment(node);
    if (!isMember) return [];
    if (!ts.isObjectLiteralExpression(node.parent)) return [];
    // The cause of an error is for developers alone, as what is logged for debugging.
    if (node.name?.getText() === "cause") return [];
    if (
      ts.isPropertyAssignment(node) && ts.isStringLiteralLike(node.name) &&
      isHeaderName(node.name.text)
    ) return [];
    return [{ node, replacement: "...{}" }];
  },
  "dropped element"(node) {
    if (!ts.isArrayLiteralExpression(node) || node.elements.length < 2) return [];
    return [{ node: node.elements[node.elements.length - 1]!, replacement: "...[]" }];
  },
  sibling(node) {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return [];
    const { name } = node.expression;
    const other = Object.hasOwn(siblings, name.text) ? siblings[name.text] : undefined;
    return other ? [{ node: name, replacement: other }] : [];
  },
  "dropped refinement"(node, text) {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return [];
    if (!refinements.has(node.expression.name.text)) return [];
    return [{ node, replacement: text(node.expression.expression) }];
  },
  "optional chain"(node) {
    if (!ts.isPropertyAccessExpression(node) || !node.questionDotToken) return [];
    return [{ node: node.questionDotToken, replacement: "." }];
  },
  pattern(node, text) {
    if (!ts.isRegularExpressionLiteral(node)) return [];
    const whole = text(node);
    const at = whole.lastIndexOf("/");
    const [source, flags] = [whole.slice(1, at), whole.slice(at + 1)];
    const changes: string[] = [];
    if (source.startsWith("^")) changes.push(`/${source.slice(1)}/${flags}`);
    if (source.endsWith("$") && !source.endsWith("\\$")) {
      changes.push(`/${source.slice(0, -1)}/${flags}`);
    }
    if (flags.includes("i")) changes.push(`/${source}/${flags.replace("i", "")}`);
    if (flags.includes("g")) changes.push(`/${source}/${flags.replace("g", "")}`);
    return changes.filter((each) => each !== "//" && !each.startsWith("//"))
      .map((replacement) => ({ node, replacement }));
  },
  "no result"(node) {
    if (!ts.isReturnStatement(node) || !node.expression) return [];
    const { expression } = node;
    if (ts.isIdentifier(expression) && expression.text === "undefined") return [];
    if (ts.isArrayLiteralExpression(expression) && expression.elements.length > 0) {
      return [{ node: expression, replacement: "[]" }];
    }
    if (ts.isStringLiteralLike(expression) || ts.isTemplateExpression(expression)) {
      return [{ node: expression, replacement: `""` }];
    }
    return [];
  },
};
