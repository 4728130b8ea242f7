// Who is not known says who he is. What he says is kept for this tab, and goes to this node alone.
import { useEffect, useState } from "preact/hooks";
import { ApiError, basic, logIn, logOut, types } from "./api";

type By = "password" | "token";

export function Login({ done }: { done: () => void }) {
  const [by, setBy] = useState<By>("password");
  const [user, setUser] = useState("");
  const [secret, setSecret] = useState("");
  const [wrong, setWrong] = useState("");
  useEffect(() => { document.title = "Log in · Weft"; }, []);
  const enter = async () => {
    logIn(by === "password" ? basic(user, secret) : `Bearer ${secret.trim()}`);
    try {
      await types();
      done();
    } catch (error) {
      logOut();
      setWrong(error instanceof ApiError ? error.message : String(error));
    }
  };
  return (
    <main class="alone">
      <h1>Log in to this node</h1>
      <form class="form" onSubmit={(event) => { event.preventDefault(); void enter(); }}>
        <label>
          By
          <select aria-label="By" value={by} onChange={(event) => setBy(event.currentTarget.value as By)}>
            <option value="password">a user of this node</option>
            <option value="token">a token</option>
          </select>
        </label>
        {by === "password" && (
          <label>
            User
            <input value={user} autocomplete="username" onInput={(event) => setUser(event.currentTarget.value)} />
          </label>
        )}
        <label>
          {by === "password" ? "Password" : "Token"}
          <input type="password" value={secret} autocomplete={by === "password" ? "current-password" : "off"}
            onInput={(event) => setSecret(event.currentTarget.value)} />
        </label>
        {wrong && <p class="failure" role="alert">{wrong}</p>}
        <button type="submit" class="main">Log in</button>
      </form>
    </main>
  );
}
