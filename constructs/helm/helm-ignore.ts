/** .helmignore: what editors and version control leave behind. */
export const helmIgnore = ['.git/', '.gitignore', '.DS_Store', '*.swp', '*.bak', '*.orig', '*~', ''].join(
  '\n',
);
