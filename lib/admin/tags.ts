/** The groups of operations in the OpenAPI document, and the paths of each. The first that fits is that of an operation. */
const TAGS = [
  {
    name: 'Environments',
    description: 'Each holds resources, applications and grants of its own.',
    path: /^\/environments(?:\/\{\w+\})?$/,
  },
  {
    name: 'Usage',
    description: 'What applications called, and which of their grants the calls needed.',
    path: /\/(?:usage|advice)$/,
  },
  { name: 'Activities', description: 'Who changed what, and when.', path: /\/activities/ },
  {
    name: 'Gates',
    description: 'What the gates of this process decide and protect, and how they are.',
    path: /\/(?:decisions|routes|health)$/,
  },
  { name: 'Explanations', description: 'Why an application may do something, or not.', path: /\/explain/ },
  {
    name: 'Grants',
    description: 'Which scopes of a resource an application may have in its tokens.',
    path: /\/grants/,
  },
  { name: 'Scopes', description: 'The permissions of a resource.', path: /\/scopes/ },
  { name: 'Resources', description: 'The APIs that are protected.', path: /\/resources/ },
  { name: 'Secrets', description: 'What applications authenticate with.', path: /\/secrets?(?:\/|$)/ },
  {
    name: 'Applications',
    description: 'OAuth clients, and the revocation of their tokens.',
    path: /\/applications/,
  },
];

export const TAG_OBJECTS = TAGS.map(({ name, description }) => ({ name, description }));

export function findTag(path: string): string | undefined {
  return TAGS.find((tag) => tag.path.test(path))?.name;
}
