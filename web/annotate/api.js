// Requests to fettle. A failure is thrown as an Error whose message is fettle's sentence.

async function ask(method, path, body) {
  const options = {method, headers: {}, credentials: "same-origin"};
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("fettle does not answer; is it still running? Nothing was lost that it saved.");
  }
  const json = await response.json().catch(() => ({}));
  if (!response.ok) {
    const error = new Error(json.error?.message ?? `fettle answered ${response.status}`);
    error.status = response.status;
    throw error;
  }
  return json;
}

export const get = (path) => ask("GET", path);
export const post = (path, body) => ask("POST", path, body);
