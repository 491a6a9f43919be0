interface Option<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly title?: string;
}

interface Props<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly Option<T>[];
  readonly onChange: (value: T) => void;
}

/** A labelled list of which one is chosen; its title explains the choice. */
export function Choice<T extends string>({ label, value, options, onChange }: Props<T>) {
  return (
    <label title={options.find((option) => option.value === value)?.title}>
      {label}
      <select value={value} onChange={(event) => onChange(event.target.value as T)}>
        {options.map((option) => (
          <option key={option.value} value={option.value} title={option.title}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  );
}
