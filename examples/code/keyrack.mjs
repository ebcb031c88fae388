// Asks Keyrack whether a call to your API may go on. Needs nothing but Node 18.
//
// Run Keyrack with --trusted-gateway and this program's address, so that it believes the method and path that are told
// here; with --trusted-proxy, if keys are narrowed to client addresses.

import http from "node:http";

const KEYRACK = "http://127.0.0.1:8080";
// The project and environment whose keys this API accepts. Never take them from the call.
const ENVIRONMENT = "my-blog/prod";
// What Keyrack needs of the call's own headers.
const PASSED = ["x-api-key", "authorization", "origin", "sec-fetch-site",
  "x-http-method-override", "x-http-method", "x-method-override"];

// Kept open: a new connection would cost more than the question. Keyrack closes one after 9 s without a call.
const agent = new http.Agent({ keepAlive: true, timeout: 4000 });

/**
 * Who makes the call, as { allowed: true, caller: { id, kind, project, environment, group, user_id, … } }, or
 * { allowed: false, status, body }, with which it must be answered. `request` is an http.IncomingMessage.
 * The answer is never kept: a key that is deleted is refused from the next call on.
 */
export async function identify(request) {
  const headers = {
    "x-original-method": request.method,
    "x-original-uri": request.url,
    "x-forwarded-for": request.socket.remoteAddress,
  };
  for (const name of PASSED) if (request.headers[name]) headers[name] = request.headers[name];
  let answer;
  try {
    answer = await ask(headers);
  } catch {
    answer = { status: 503, body: "" };
  }
  // Whatever is not a clear yes is a no.
  if (answer.status === 200) return { allowed: true, caller: JSON.parse(answer.body) };
  return { allowed: false, status: [401, 403, 429].includes(answer.status) ? answer.status : 503, body: answer.body };
}

function ask(headers, again = true) {
  return new Promise((resolve, reject) => {
    const options = { agent, headers, signal: AbortSignal.timeout(1000) };
    const asking = http.get(`${KEYRACK}/v1/key/${ENVIRONMENT}`, options, (answer) => {
      let body = "";
      answer.setEncoding("utf8");
      answer.on("data", (part) => { body += part; });
      answer.on("end", () => resolve({ status: answer.statusCode, body }));
      answer.on("error", reject);
    });
    asking.on("error", (error) => {
      // It was closed while nobody called.
      if (again && asking.reusedSocket && error.code === "ECONNRESET") ask(headers, false).then(resolve, reject);
      else reject(error);
    });
  });
}
