// Learning curves beside a run: curves.svg and curves.png, drawn anew as the run goes on.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "monitor/event.h"
#include "monitor/picture.h"
#include "monitor/series.h"

namespace fettle::monitor {

// Train loss (every report, and smoothed) and evaluation loss above, learning rate below, over
// optimizer steps. Curves without points are left out.
void draw_curves(Canvas& canvas, const PictureSize& size, const std::string& title,
                 const Curves& curves);

class CurveSink final : public Sink {
 public:
  // Pictures go to <folder>/curves.svg and .png.
  CurveSink(std::filesystem::path folder, std::string title);

  // Takes what an earlier session of the run logged, without drawing.
  void remember(std::span<const Event> events);

  // Draws after evaluations and checkpoints, and else as time goes by, at most every 30 seconds;
  // and at the end of the run. Throws IoError if a picture cannot be written.
  void write(const Event& event) override;

 private:
  void draw() const;

  std::filesystem::path folder_;
  std::string title_;
  Curves curves_;
  double drawn_at_ = 0;
};

}  // namespace fettle::monitor
