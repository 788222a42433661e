import '../styles/base.css';
import '../styles/tree.css';
import '../styles/front-door.css';
import { render } from 'preact';
import { FrontDoor } from './front-door.js';

const root = document.getElementById('page');
if (root !== null) {
  root.replaceChildren();
  render(<FrontDoor />, root);
}
