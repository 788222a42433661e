// A mutant that is found out need not be found out by the smallest example.
require('fast-check').configureGlobal({ endOnFailure: true });
