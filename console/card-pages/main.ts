import '../styles/base.css';
import '../styles/card-pages.css';

// The pages of the authorization server work without this: it adds what only a script can do.

addPasswordToggle();
addFillButtons();
const signedIn = document.getElementById('signed-in');
if (signedIn !== null) (await import('../signed-in/signed-in.js')).goOnSignedIn(signedIn);

function addPasswordToggle(): void {
  const field = document.querySelector<HTMLInputElement>('.pw input');
  if (field === null) return;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'btn show-pw';
  const show = (isShown: boolean) => {
    field.type = isShown ? 'text' : 'password';
    button.textContent = isShown ? 'Hide' : 'Show';
    button.setAttribute('aria-label', isShown ? 'Hide the password' : 'Show the password');
  };
  show(false);
  button.addEventListener('click', () => show(field.type === 'password'));
  field.form?.addEventListener('submit', () => show(false)); // so that no password manager keeps it as text
  field.after(button);
}

/** A click on a demo user's name fills the form. */
function addFillButtons(): void {
  const password = document.querySelector('[data-password]')?.textContent ?? '';
  const nameField = document.querySelector<HTMLInputElement>('#name');
  const passwordField = document.querySelector<HTMLInputElement>('#password');
  if (nameField === null || passwordField === null) return;
  for (const user of document.querySelectorAll('[data-user]')) {
    const name = user.textContent ?? '';
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'link mono';
    button.textContent = name;
    button.setAttribute('aria-label', `Fill in ${name} and the password`);
    button.addEventListener('click', () => {
      nameField.value = name;
      passwordField.value = password;
      passwordField.form?.querySelector<HTMLButtonElement>('button.primary')?.focus();
    });
    user.replaceWith(button);
  }
}
