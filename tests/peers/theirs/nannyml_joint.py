"""What is the reconstruction error of each chunk, by NannyML?"""

import warnings

import nannyml

from tests.peers.theirs.exchange import CHUNK, answer, given
from tests.peers.theirs.nannyml import frames

SCORES = ["y_pred_proba", "y_pred"]


def main() -> None:
    warnings.simplefilter("ignore")
    reference, current = frames(given("car_loan"))
    calculator = nannyml.DataReconstructionDriftCalculator(
        column_names=[name for name in reference if name not in SCORES], chunk_size=CHUNK
    )
    calculator.fit(reference)
    result = calculator.calculate(current).filter(period="analysis").to_df()
    answer({"car_loan": result[("reconstruction_error", "value")].tolist()})


if __name__ == "__main__":
    main()
