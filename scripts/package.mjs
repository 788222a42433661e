// The package as users get it: packed, installed into an empty folder, loaded, bundled, and compiled against.
import * as contents from './package/contents.mjs';
import { link, manifest, pack, removeFolder, runTool } from './package/folder.mjs';
import * as loading from './package/loading.mjs';
import * as types from './package/types.mjs';
import * as weight from './package/weight.mjs';

const tarball = pack();

/** In this order: the packages that only some users have come after the checks that do without. */
const checks = {
  'depends on two packages; all others are optional peers': contents.dependsOnTwoPackages,
  'installs in an empty folder': () => weight.installs(tarball),
  'brings at most three packages': weight.bringsFewPackages,
  'takes less than 20 MB': weight.isLight,
  'runs no script when it is installed': weight.runsNoInstallScript,
  'holds what is published, and nothing else': contents.holdsWhatIsPublished,
  'links of its pages lead to its files': contents.linksResolve,
  'source maps hold their sources': contents.mapsResolve,
  'declarations import own files and node: only': contents.declarationsAreSelfContained,
  'imports declared packages only': contents.importsDeclaredPackages,
  'import loads own files only': loading.loadsOwnFilesOnly,
  'require loads own files only': loading.requiresOwnFilesOnly,
  'stores load without their drivers': loading.loadsStoresWithoutDrivers,
  'a missing package is a sentence with the command that installs it': loading.namesMissingPackages,
  'a missing Express is a sentence with the command that installs it': loading.namesMissingExpress,
  'the gate bundles without a foreign byte': weight.bundlesAlone,
  'the console is sent in at most 120 KB': weight.hasLightConsole,
  'Node has one copy for import and require': loading.isOneCopyForBoth,
  'every way of resolving types finds every entry point': () => {
    link('@types/node');
    types.resolvesEverywhere();
  },
  'exports the same names to import and require': () => {
    link(...Object.keys(manifest.peerDependencies), '@types/express');
    loading.exportsTheSameEverywhere();
  },
  'errors and gates are recognized by the other copy': loading.twoCopiesAgree,
  'compiles for users of ESM': () => types.compilesConsumerAs('ts'),
  'compiles for users of CommonJS': () => types.compilesConsumerAs('cts'),
  'compiles for users of both': () => types.compilesConsumerAs('ts', 'cts'),
  'publint finds nothing': () => void runTool('publint', 'publint', 'run', tarball, '--strict'),
  'are the types wrong? no': () => void runTool('@arethetypeswrong/cli', 'attw', tarball),
};

for (const [name, check] of Object.entries(checks)) {
  try {
    const figure = await check();
    console.log(`package: ${name}${figure === undefined ? '' : ` (${figure})`}`);
  } catch (error) {
    process.exitCode = 1;
    console.error(`package: FAILED: ${name}\n${error.message}\n`);
  }
}
removeFolder();
