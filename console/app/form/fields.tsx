import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { useField } from './form.js';

export interface FieldProps {
  /** The member of the body, as the API has it. */
  readonly name: string;
  readonly label: string;
  readonly hint?: string | undefined;
}

interface Control {
  readonly id: string;
  readonly name: string;
  readonly disabled: boolean;
  readonly 'aria-invalid': boolean;
  readonly 'aria-describedby': string | undefined;
}

/** A label, what it is about, and what the API said of it: all tied to the control. */
function Field({
  name,
  label,
  hint,
  children,
}: FieldProps & { readonly children: (control: Control) => ComponentChildren }) {
  const { problems, isReadOnly } = useField(name);
  const id = useId();
  const isInvalid = problems.length > 0;
  const described = [...(isInvalid ? [`${id}-problem`] : []), ...(hint === undefined ? [] : [`${id}-hint`])].join(' ');
  const control: Control = {
    id,
    name,
    disabled: isReadOnly,
    'aria-invalid': isInvalid,
    'aria-describedby': described || undefined,
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(control)}
      <Problems id={`${id}-problem`} problems={problems} />
      {hint !== undefined && (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
    </div>
  );
}

function Problems({ id, problems }: { readonly id: string; readonly problems: readonly string[] }) {
  if (problems.length === 0) return null;
  return (
    <span class="problem" id={id}>
      {problems.join(' ')}
    </span>
  );
}

export interface TextFieldProps extends FieldProps {
  readonly value: string | undefined;
  readonly onInput: (value: string) => void;
  readonly isRequired?: boolean;
  readonly isMono?: boolean;
  readonly isNumeric?: boolean;
  readonly isDate?: boolean;
}

export function TextField({
  value = '',
  onInput,
  isRequired = false,
  isMono = false,
  isNumeric = false,
  isDate = false,
  ...field
}: TextFieldProps) {
  return (
    <Field {...field}>
      {(control) => (
        <input
          {...control}
          class={isMono ? 'input mono' : 'input'}
          {...(isDate ? { type: 'date' } : { inputMode: isNumeric ? 'numeric' : 'text' })}
          autocomplete="off"
          required={isRequired}
          value={value}
          onInput={({ currentTarget }) => onInput(currentTarget.value)}
        />
      )}
    </Field>
  );
}

export interface LinesFieldProps<Item> extends FieldProps {
  readonly value: readonly Item[];
  readonly onInput: (value: readonly Item[]) => void;
  readonly print: (item: Item) => string;
  readonly parse: (line: string) => Item;
}

/** A list, one item in a line. What is typed stays as it is, also where it is no item yet. */
export function LinesField<Item>({ value, onInput, print, parse, ...field }: LinesFieldProps<Item>) {
  const [typed, setTyped] = useState('');
  const read = (text: string) =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .map(parse);
  const shown = value.map(print).join('\n');
  const text = read(typed).map(print).join('\n') === shown ? typed : shown;
  return (
    <Field {...field}>
      {(control) => (
        <textarea
          {...control}
          class="input mono"
          rows={Math.min(8, Math.max(2, text.split('\n').length))}
          spellcheck={false}
          value={text}
          onInput={({ currentTarget }) => {
            setTyped(currentTarget.value);
            onInput(read(currentTarget.value));
          }}
        />
      )}
    </Field>
  );
}

export interface ChoiceFieldProps<Value extends string> extends FieldProps {
  readonly value: Value;
  readonly choices: readonly (readonly [Value, string])[];
  readonly onInput: (value: Value) => void;
}

export function ChoiceField<Value extends string>({ value, choices, onInput, ...field }: ChoiceFieldProps<Value>) {
  return (
    <Field {...field}>
      {(control) => (
        <select
          {...control}
          class="input"
          value={value}
          onChange={({ currentTarget }) => onInput(currentTarget.value as Value)}
        >
          {choices.map(([each, label]) => (
            <option key={each} value={each}>
              {label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export interface CheckFieldProps extends FieldProps {
  readonly value: boolean;
  readonly onInput: (value: boolean) => void;
}

export function CheckField({ name, label, hint, value, onInput }: CheckFieldProps) {
  const { problems, isReadOnly } = useField(name);
  const id = useId();
  return (
    <div class="check">
      <input
        type="checkbox"
        id={id}
        name={name}
        disabled={isReadOnly}
        checked={value}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={() => onInput(!value)}
      />
      <span>
        <label for={id}>{label}</label>
        <Problems id={`${id}-problem`} problems={problems} />
        {hint !== undefined && (
          <span class="hint" id={`${id}-hint`}>
            {hint}
          </span>
        )}
      </span>
    </div>
  );
}

export interface ChecksFieldProps<Value extends string> extends FieldProps {
  readonly value: readonly Value[];
  readonly choices: readonly (readonly [Value, string])[];
  readonly onInput: (value: readonly Value[]) => void;
}

/** Several of a few: each ticked or not. */
export function ChecksField<Value extends string>(props: ChecksFieldProps<Value>) {
  const { name, label, hint, value, choices, onInput } = props;
  const { problems, isReadOnly } = useField(name);
  const toggle = (each: Value) => {
    const ticked = value.includes(each) ? value.filter((other) => other !== each) : [...value, each];
    onInput(choices.map(([known]) => known).filter((known) => ticked.includes(known)));
  };
  return (
    <fieldset class="field">
      <legend class="label">{label}</legend>
      <div class="checks">
        {choices.map(([each, text]) => (
          <label key={each} class="check">
            <input
              type="checkbox"
              name={name}
              disabled={isReadOnly}
              checked={value.includes(each)}
              onChange={() => toggle(each)}
            />
            <span>{text}</span>
          </label>
        ))}
      </div>
      <Problems id={`${name}-problem`} problems={problems} />
      {hint !== undefined && <span class="hint">{hint}</span>}
    </fieldset>
  );
}
