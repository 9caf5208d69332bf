/** Words that some YAML version reads as something other than a string. */
const reserved = /^(y|n|yes|no|on|off|true|false|null|~|\.nan|[-+]?\.inf)$/i;

/** Starts like a word, a path or an option and has nothing that YAML 1.1 or 1.2 could read in another way. */
const plainWord = /^(?:--)?[A-Za-z_/][A-Za-z0-9_./ -]*[A-Za-z0-9_/-]$|^[A-Za-z_/]$/;

/** A YAML scalar in a template. Strings that are not plain words are quoted; braces would start a template action. */
export function literal(value: string | number | boolean): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  if (plainWord.test(value) && !reserved.test(value)) return value;
  return escapeActions(JSON.stringify(value));
}

/** Text in which `{{` stays as it is. */
export function escapeActions(text: string): string {
  return text.replaceAll('{{', '{{ "{{" }}');
}
