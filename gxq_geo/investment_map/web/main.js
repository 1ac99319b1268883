/* The entry of a page for the public: starts it and offers window.gxq (start/api.js). */
import "./base/polyfills.js";
import { startPage } from "./start/api.js";

Object.assign(window.gxq, startPage(null));
