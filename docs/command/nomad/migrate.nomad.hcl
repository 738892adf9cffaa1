variable "name" {}
variable "image" {}
variable "run" {}

job "migrate" {
  id   = var.name
  name = var.name
  type = "batch"

  group "app" {
    # Once: what a migration that failed has left behind is for people to see.
    restart {
      attempts = 0
      mode     = "fail"
    }
    reschedule {
      attempts  = 0
      unlimited = false
    }

    task "migration" {
      driver = "docker"
      config {
        image = var.image
      }
      meta {
        run = var.run # another one is another version of the job
      }
      template {
        data        = "DATABASE_URL={{ with nomadVar \"gantry/migration\" }}{{ .database_url }}{{ end }}"
        destination = "secrets/database.env"
        env         = true
      }
    }
  }
}
