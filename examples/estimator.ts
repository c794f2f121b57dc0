// A scikit-learn classifier written in TypeScript, held to scikit-learn's own checks. Run it with `npm run demo -- estimator`.

import { fileURLToPath } from 'node:url';
import { at, kw, start } from 'caduceus';
import { pythonWith } from './setup.ts';

const py = start({ python: pythonWith('numpy', 'pandas', 'scikit-learn') });
const np = py.import('numpy');
const { check_is_fitted, validate_data } = py.import('sklearn.utils.validation');
const { check_classification_targets } = py.import('sklearn.utils.multiclass');
py.exec`
from sklearn.base import BaseEstimator, ClassifierMixin
class Classifier(ClassifierMixin, BaseEstimator): pass  # a TypeScript class extends one class
`;

/** Says of each sample the class whose mean is nearest, after moving the means towards that of all samples. */
class NearestMean extends py.main.Classifier {
  // The parameters that get_params, clone and GridSearchCV see.
  constructor(shrinkage = 0.0) {
    super();
    this.shrinkage = shrinkage;
  }

  fit(X: unknown, y: unknown): this {
    const [samples, labels] = validate_data(this, X, y);
    check_classification_targets(labels);
    this.classes_ = np.unique(labels);
    const means = [...this.classes_].map((label) => samples[at(py`${labels} == ${label}`)].mean(0));
    const centre = samples.mean(0);
    this.means_ = py`${np}.array(${means}) * (1 - ${this.shrinkage}) + ${centre} * ${this.shrinkage}`;
    return this;
  }

  predict(X: unknown): unknown {
    check_is_fitted(this);
    const samples = validate_data(this, X, kw({ reset: false }));
    const distances = py`((${samples}[:, None, :] - ${this.means_}[None, :, :]) ** 2).sum(axis=2)`;
    return this.classes_[at(np.argmin(distances, kw({ axis: 1 })))];
  }
}

const { check_estimator } = py.import('sklearn.utils.estimator_checks');
const results = [...check_estimator(new NearestMean(), kw({ on_fail: null, on_skip: null }))];
const count = (status: string) => results.filter((result) => result[at('status')] === status).length;
console.log(
  `check_estimator: ${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`,
);

const file = fileURLToPath(new URL('data/penguins.csv', import.meta.url));
const birds = py.import('pandas').read_csv(file).dropna();
const table = birds[at(['bill_length_mm', 'bill_depth_mm', 'flipper_length_mm', 'body_mass_g'])];
const { make_pipeline } = py.import('sklearn.pipeline');
const { StandardScaler } = py.import('sklearn.preprocessing');
const { GridSearchCV } = py.import('sklearn.model_selection');
const search = GridSearchCV(make_pipeline(StandardScaler(), new NearestMean()), {
  nearestmean__shrinkage: [0, 0.25, 0.5],
});
search.fit(table, birds.species);
console.log(`${birds.shape[0]} birds: the species is right for ${(100 * search.best_score_).toFixed(1)} %`);
console.log(`best: ${String(search.best_estimator_[at(-1)])}`);
