import { render } from "preact";
import { Console } from "./shell";
import "./style.css";

const place = document.getElementById("console");
if (place) render(<Console />, place);
