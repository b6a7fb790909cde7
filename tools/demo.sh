#!/usr/bin/env bash
# Called by ./dev demo, in the repository's root, when everything is built:
# FETTLE MODEL [option ...]: ordinary fettle commands over recipes/demo.yaml; the options go to
# fettle train.
set -euo pipefail
fettle=$1 model=$2
shift 2
run=runs/demo
train=("$fettle" train recipes/demo.yaml --set "model.model_name_or_path=$model")
categories='artifact, person, plant, animal, act, communication, location, substance, food, body'
question="Say which of these a definition describes: $categories, time, feeling

samovar: a metal urn in which water for tea is kept hot"

# What is only planned trains nothing that could answer.
if [[ " $* " == *" --plan "* ]]; then exec "${train[@]}" "$@"; fi

if [[ -d $run ]]; then echo "$run is left from an earlier demo and is replaced."; fi
status=0
"${train[@]}" --overwrite "$@" || status=$?
if ((status == 75)); then
  echo "Stopped; what is done is saved. To go on: ${train[*]} --resume"
fi
((status == 0)) || exit "$status"

echo
echo "One live answer. The question:"
echo "$question"
echo "The tuned model's answer:"
"$fettle" generate "$model" --adapter $run/best --prompt "$question"

cat <<TEXT

Everything lies in $run: the frozen recipe.yaml, events.jsonl, the learning curve (curves.svg and
curves.png), eval/ with each answer, tb/ for TensorBoard, and best/, the adapter in PEFT's format.
The whole took $((SECONDS / 60)) min $((SECONDS % 60)) s. Three commands to try next:
  $fettle chat $model --adapter $run/best
  $fettle show mask recipes/demo.yaml --set model.model_name_or_path=$model
  $fettle merge $model --adapter $run/best --output $run/merged
TEXT
