package sandbox

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/retention"
	"github.com/gantry-cd/gantry/environments/internal/host"
)

// Unused is what may go from the registries that the sandbox keeps in a state directory: images that are older than a
// moment, that nobody wants, and that no host would bring back. A registry of somebody else's is not looked at. A stub
// that stands in a channel stays.
func Unused(stateDir string, wanted map[promotion.Digest]bool, before time.Time) ([]retention.Item, error) {
	var items []retention.Item
	for _, d := range directories(stateDir) {
		stays := maps.Clone(wanted)
		if stays == nil {
			stays = map[promotion.Digest]bool{}
		}
		state, err := host.Peek(d.dir)
		if err != nil {
			return nil, err
		}
		for _, slot := range state.Slots {
			if slot.Live != nil {
				stays[slot.Live.Image] = true
			}
		}
		unused, err := host.Unused(d.dir, func(digest string, tags []string) bool {
			return stays[promotion.Digest(digest)] || d.name == artifactsName && slices.ContainsFunc(tags, isChannel)
		}, before)
		if err != nil {
			return nil, err
		}
		for _, u := range unused {
			item := retention.Item{Kind: "image", Name: strings.TrimSpace(fmt.Sprintf("%s: %s %s %s", d.name, u.Repository, strings.Join(u.Tags, " "), promotion.Digest(u.Digest).Short())), Bytes: u.Bytes}
			if u.Digest == "" {
				item.Kind, item.Name = "blobs", fmt.Sprintf("%s: %d blobs that no image refers to", d.name, len(u.Files))
			}
			for _, file := range u.Files {
				path, err := filepath.Rel(stateDir, file)
				if err != nil {
					return nil, err
				}
				item.Paths = append(item.Paths, path)
			}
			items = append(items, item)
		}
	}
	return items, nil
}

// isChannel tells a channel from the tag that belongs to one stub for good.
func isChannel(tag string) bool { return !strings.HasPrefix(tag, "stub-") }
