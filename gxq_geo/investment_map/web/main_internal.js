/* The entry of a page for internal use: a public page with projects, customers and leaders besides. */
import "./base/polyfills.js";
import * as Internal from "./internal/internal.js";
import { startPage } from "./start/api.js";

Object.assign(window.gxq, startPage(Internal));
