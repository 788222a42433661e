/**
 * CommonJS in both builds: `require` loads a package when it is called and not when this module is, so that a missing
 * one can be reported in a sentence. An `import` of ES modules fails before any code runs.
 */
function requireExpress(): unknown {
  return require('express');
}

export = requireExpress;
